# frozen_string_literal: true

module Gossamer
  # One thread and its line to the front: reads a batch of requests, answers it in order, writes once.
  class Slot
    NO_INPUT = EmptyInput.new

    # The request in hand, and whether its streamed body is being listened to (and the line set up for it already).
    attr_reader :id, :listening, :index

    # `worker` knows the app and the env's maker, `line` leads to the front.
    def initialize(worker, index, line)
      @worker = worker
      @index = index
      @app = worker.app
      @environment = worker.environment
      @rack2 = @environment.rack2?
      @wire = Wire.new(line)
      @watch = Stopwatch.new(worker.threads - 1)
      @body = Body.new(self, @wire, @rack2)
      @unsent = {}
    end

    # The thread's life: until the front closes the line. What an earlier thread of ours has read comes first.
    def run
      @watch.attach
      batch
      batch while @wire.fill
      done = true
    rescue Errno::EPIPE, Errno::ECONNRESET
      done = true # The front is gone; the control line says so too.
    ensure
      done || $! ? close : @worker.start(self)
    end

    # Time in the app since the request began, in µs.
    def micros
      @watch.micros
    end

    # How much of that the app waited, as ANSWER says it. Ask for `micros` first.
    def idle
      @watch.idle
    end

    # Sends the answers that wait for the rest of a batch in which the app hangs. For another thread than ours.
    def release
      @wire.release
    end

    # Takes back what has not been begun: the ids, last come first. For another thread than ours.
    def recall
      @wire.recall
    end

    # The raw connection of request `id`, for an app that wants no server any more.
    def hijack(id)
      raise IOError, "This request has been answered." unless id == @id

      @tunnel ||= @worker.connect("tunnel", id)
    end

    # The same for the request in hand.
    def tunnel
      hijack(@id)
    end

    # 103 Early Hints, at once: being early is their point.
    def inform(id, headers)
      return unless id == @id && !@body.begun

      head = Head.new.read(103, headers)
      @wire.conceal
      @wire.put(Frames::INTERIM, id, [103].pack("n") << head.lines)
      @wire.flush
    end

    private

    # Everything that has arrived, in order.
    def batch
      @watch.start
      while (payload = @wire.next_frame)
        serve(payload)
      end
      @wire.flush
      @worker.tidy(@wire)
    end

    # Nothing more will come.
    def close
      @unsent.each_value { |body| @body.close(body) }
      @wire.close
    end

    # One frame: a request, or the news that a file has been sent.
    def serve(payload)
      @id = @wire.id
      return sent if @wire.type > Frames::REQUEST_STREAM

      @tunnel = @listening = nil
      @wire.take_on
      @body.reset
      answer(payload, @wire.type)
      @id = nil
      @wire.flush if @watch.due? || @wire.out.bytesize > Wire::FLUSH_BYTES
    end

    # Runs the app. Whatever it throws at us stays in its request; only a signal may end the worker.
    def answer(payload, type)
      input = NO_INPUT
      payload, input = open(payload, type) unless type == Frames::REQUEST
      env = @environment.build(payload.split("\0", -1), input, self, @id)
      status, headers, body = @wire.exposed { @app.call(env) }
      return done = give_up(body) if @tunnel

      later = @body.deliver(env, status, headers, body)
      @unsent[@id] = later if later
      @wire.put(Frames::TAKEN, @id, [micros].pack("N")) if @tunnel
      done = true
    rescue SignalException
      raise
    rescue Exception => error # rubocop:disable Lint/RescueException
      fail(error)
      done = true
    ensure
      fail(ThreadEnded.new("The app has ended its thread.")) unless done || $!
      finished(env, status, headers, error) if env
      input.close unless input.equal?(NO_INPUT)
    end

    # The app took the connection over, so what it returned means nothing.
    def give_up(body)
      @body.close(body)
      @wire.put(Frames::TAKEN, @id, [micros].pack("N"))
      true
    end

    # No answer, or half of one.
    def fail(error)
      return close_tunnel(error) if @tunnel
      return @wire.put(Frames::END_, @id, [micros].pack("N")) if error.is_a?(ClientGone)

      type = @body.begun ? Frames::CUT : Frames::FAILURE
      @wire.put(type, @id, [micros].pack("N") << Failure.of(error))
    end

    # Nobody can be told of it any more but the log.
    def close_tunnel(error)
      Failure.log("The app failed on a connection that it had taken over", error)
      @tunnel.close
      @wire.put(Frames::TAKEN, @id, [micros].pack("N"))
    end

    # `rack.response_finished`: last come, first called, once the bytes are out.
    def finished(env, status, headers, error)
      callbacks = env["rack.response_finished"]
      return if callbacks.nil? || callbacks.empty?

      @wire.flush
      callbacks.reverse_each do |callback|
        Failure.quietly("A rack.response_finished callback failed") { callback.call(env, status, headers, error) }
      end
    end

    # The front is through with a file: its body may go.
    def sent
      return unless @wire.type == Frames::SENT && (body = @unsent.delete(@id))

      @body.close(body)
    end

    # A request with a body: what is the head, and what may the app read?
    def open(payload, type)
      type == Frames::REQUEST_STREAM ? [payload, streamed] : WholeInput.take(payload, type)
    end

    # Rack 2 wants an input that rewinds, so there a body that streams is taken in first.
    def streamed
      @listening = true
      input = StreamedInput.new(@wire, @id)
      return input unless @rack2

      whole = Tempfile.create("gossamer", binmode: true)
      File.unlink(whole.path)
      while (piece = input.read(65_536))
        whole.write(piece)
      end
      whole.tap(&:rewind)
    end
  end
end
