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
    end

    # On the thread of a reactor that runs: hears the front from now on, and calls `turning`. The block is called when
    # the front has hung up everywhere.
    def listen(turning, &closed)
      ::EventMachine.add_shutdown_hook { leave }
      open(turning, &closed)
    end

    private

    # The reactor is ours, on this thread.
    def host(&turning)
      ::EventMachine.epoll
      ::EventMachine.kqueue
      ::EventMachine.run { listen(turning) { ::EventMachine.stop } }
    end

    # The app has started one, on a thread of its own, and may end it before it has come to us.
    def join(&turning)
      over = Queue.new
      ::EventMachine.add_shutdown_hook do
        leave
        over << true
      end
      ::EventMachine.next_tick { open(turning) { over << true } }
      over.pop
    end

    # Hears the front.
    def open(turning)
      @slots.each do |slot|
        slot.open do
          @open -= 1
          yield if @open.zero?
        end
      end
      turning.call
    end

    # A reactor that ends, however it does, says what is ready to be said, and hears nobody any more.
    def leave
      @slots.each(&:release)
      @slots.each(&:hang_up)
    end
  end
end
