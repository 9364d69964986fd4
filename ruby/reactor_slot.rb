# frozen_string_literal: true

module Gossamer
  # A slot under the reactor, which reads its line: requests that the app answers later leave the slot to the next ones.
  # With one slot the reactor calls the app, too, as Thin does; where there are several, each has a thread that does.
  class ReactorSlot
    NO_INPUT = EmptyInput.new

    # What EventMachine calls when there is something to read.
    module Heard
      attr_writer :slot

      # The front has said something, or hung up.
      def notify_readable
        @slot.readable
      end
    end

    attr_reader :index, :app

    # `worker` knows the app and the env's maker, `line` leads to the front.
    def initialize(worker, index, line)
      @worker = worker
      @index = index
      @app = worker.app
      @environment = worker.environment
      @wire = ReactorWire.new(line)
      @watch = Stopwatch.new(worker.threads - 1)
      @exchanges = {}
      @unsent = {}
      @bell = Queue.new if worker.threads > 1
      @asks = @bell.nil? && @app.respond_to?(:deferred?)
    end

    # On the reactor's thread: begins to listen. The block is called when the front has closed the line.
    def open(&closed)
      @closed = closed
      attach unless @bell
      @watched = ::EventMachine.watch(@wire.socket, Heard) { |watched| watched.slot = self }
      @watched.notify_readable = true
    end

    # The life of the thread of a slot that has one: until the line is closed.
    def run
      attach
      batch
      batch while @bell.pop
      done = true
    ensure
      $! ? ::EventMachine.next_tick { close if @watched } : @worker.start(self) unless done
    end

    # What has come, on the reactor's thread: news first, they are about older requests.
    def readable
      return unless @watched

      listening = @wire.take_in
      hear(*@wire.news.shift) until @wire.news.empty?
      (@bell ? @bell << true : batch) if @wire.request?
      close unless listening
    end

    # The reactor ends, or our thread has: nothing is heard here any more.
    def hang_up
      @watched&.detach if ::EventMachine.reactor_thread?
      @watched = nil
      @bell&.close
      @wire.close
    end

    # Sends the answers that wait for the rest of a batch in which the app hangs. For another thread than ours.
    def release
      @wire.release
    end

    # Takes back what has not been begun: the ids, last come first. For another thread than ours, which may have read news
    # for us meanwhile.
    def recall
      ids = @wire.recall
      ::EventMachine.next_tick { readable }
      ids
    end

    # For exchanges

    # Puts bytes in line: what is said in a batch leaves with it, what is said on the reactor with all that it says in
    # this turn, and what others say at once.
    def say(bytes, more = [])
      @wire.say(bytes, more)
      return if @gathering && Thread.current.equal?(@thread)
      return flush unless ::EventMachine.reactor_thread?
      return if @due

      @due = true
      ::EventMachine.next_tick { @due = false ; flush }
    end

    # Everything that is in line, now.
    def flush
      @wire.flush
    end

    # The env and the input of a request: as it came, or (0) as its exchange has waited for it.
    def unpack(type, payload, exchange)
      head, input = case type
                    when 0 then exchange.received
                    when Frames::REQUEST then [payload, NO_INPUT]
                    else WholeInput.take(payload, type)
                    end
      [@environment.build(head.split("\0", -1), input, exchange, exchange.id), input]
    end

    # Does the app want this one to be called in EventMachine's pool (Thin's `deferred?`)?
    def pooled?(env)
      @asks && @app.deferred?(env)
    end

    # A request that has waited for its body is as good as come.
    def queue(id)
      @wire.queue(id)
    end

    # A tunnel for request `id`.
    def connect(id)
      @worker.connect("tunnel", id)
    end

    # A body that is to be closed when the front has sent its file.
    def keep(id, body)
      @unsent[id] = body
    end

    # A request is over.
    def forget(id)
      @exchanges.delete(id)
    end

    # Are inputs to rewind?
    def rack2?
      @environment.rack2?
    end

    # Time in the app since the request began, in µs.
    def micros
      @watch.micros
    end

    # How much of that the app waited, as ANSWER says it. Ask for `micros` first.
    def idle
      @watch.idle
    end

    private

    # The front has hung up, which it does when it has all its answers.
    def close
      hang_up
      @unsent.each_value { |body| close_body(body) }
      @closed.call
    end

    # It is this thread that calls the app.
    def attach
      @thread = Thread.current
      @watch.attach
    end

    # Every request that waits, in order.
    def batch
      @gathering = true
      @watch.start
      while (type, id, payload = @wire.next_request)
        serve(type, id, payload)
        flush if @watch.due? || @wire.out.bytesize > Wire::FLUSH_BYTES
      end
    ensure
      @gathering = false
      flush
      @worker.tidy(@wire)
    end

    # One request.
    def serve(type, id, payload)
      return @exchanges[id]&.start(type, payload) if type.zero?

      exchange = @exchanges[id] = Exchange.new(self, id)
      type == Frames::REQUEST_STREAM ? exchange.await(payload) : exchange.start(type, payload)
    end

    # One word about a request that is under way. What is about others comes too late to matter.
    def hear(type, id, payload)
      case type
      when Frames::SENT then close_body(@unsent.delete(id))
      when Frames::CREDIT then @exchanges[id]&.refund(payload.unpack1("N"))
      when Frames::GONE then @exchanges[id]&.lost
      else @exchanges[id]&.receive(type, payload)
      end
    end

    # The front is through with a file.
    def close_body(body)
      Failure.quietly("The response body could not be closed") { body.close if body.respond_to?(:close) }
    end
  end
end
