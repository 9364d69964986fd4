# frozen_string_literal: true

%w[channel reactor_body reactor_wire upload exchange reactor_slot].each { |name| require_relative name }

module Gossamer
  # EventMachine's reactor in a worker, for apps that answer later (docs/ASYNC.md).
  class Reactor
    # Reads the lines of `slots`.
    def initialize(slots)
      @slots = slots
      @open = slots.size
    end

    # Runs until the front has closed every slot, or the app has ended the reactor. The block is called when it turns.
    def run(&turning)
      ::EventMachine.reactor_running? ? join(&turning) : host(&turning)
      @slots.each(&:hang_up)
    rescue StandardError, ScriptError => error
      @slots.each(&:release)
      Failure.log("EventMachine's reactor was ended by an exception that the app has not rescued", error)
      exit(1)
    end

    private

    # The reactor is ours, on this thread.
    def host(&turning)
      ::EventMachine.epoll
      ::EventMachine.kqueue
      ::EventMachine.run { listen(turning) { ::EventMachine.stop } }
    end

    # The app has started one, on a thread of its own, when it was loaded.
    def join(&turning)
      over = Queue.new
      thread = ::EventMachine.reactor_thread
      Thread.new do
        Thread.current.report_on_exception = false # Ruby has said already how that one ended.
        thread.join
      ensure
        over << true
      end
      ::EventMachine.next_tick { listen(turning) { over << true } }
      over.pop
    end

    # Hears the front from now on. The block is called when it has hung up everywhere.
    def listen(turning)
      @slots.each do |slot|
        slot.open do
          @open -= 1
          yield if @open.zero?
        end
      end
      turning.call
    end
  end
end
