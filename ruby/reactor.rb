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
    # Raises what the app has not rescued there.
    def run(&turning)
      ::EventMachine.reactor_running? ? join(&turning) : host(&turning)
      @slots.each(&:hang_up)
    end

    # On the thread of a reactor that runs: hears the front from now on, and calls `turning`. The block is called when
    # the front has hung up everywhere. A reactor that ends hears nobody any more.
    def listen(turning)
      ::EventMachine.add_shutdown_hook { @slots.each(&:hang_up) }
      @slots.each do |slot|
        slot.open do
          @open -= 1
          yield if @open.zero?
        end
      end
      turning.call
    end

    private

    # The reactor is ours, on this thread.
    def host(&turning)
      ::EventMachine.epoll
      ::EventMachine.kqueue
      ::EventMachine.run { listen(turning) { ::EventMachine.stop } }
    end

    # The app has started one, on a thread of its own.
    def join(&turning)
      over = Queue.new
      ::EventMachine.next_tick do
        ::EventMachine.add_shutdown_hook { over << true }
        listen(turning) { over << true }
      end
      over.pop
    end
  end
end
