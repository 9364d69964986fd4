# frozen_string_literal: true

require_relative "late_connection"

module Gossamer
  # A request under the reactor and its answer: at once, later, or in pieces for as long as the app likes (Thin's async
  # API, docs/ASYNC.md). Any thread may answer, the first answer counts, and it is given once.
  class Exchange
    # What stands for "I shall answer later".
    LATER = [-1, {}, []].freeze

    attr_reader :id, :idle

    # `slot` has the line that the request came by.
    def initialize(slot, id)
      @slot = slot
      @id = id
      @channel = Channel.new(slot, id)
      @lock = Mutex.new
      @claimed = @ended = @over = @gone = @left = false
      @idle = 0
    end

    # The thread that has the slot calls the app. When that is over, so is the slot's part in it.
    def start(type, payload)
      @caller = Thread.current
      contain do
        @env, @input = @slot.unpack(type, payload, self)
        @env["async.callback"] = method(:respond)
        @env["async.close"] = @closing = ::EventMachine::DefaultDeferrable.new
        @slot.pooled?(@env) ? enter_pool : answer(call)
      end
      leave
      @caller = nil
    end

    # The request's body streams in, and the app is called when it is all there. Nobody is to wait behind it.
    def await(head)
      @head = head
      leave
      @upload = Upload.new { |bytes| @slot.say(Frames.frame(Frames::WANT, @id, [bytes].pack("N"))) }
    end

    # A word of the front about that body.
    def receive(type, payload)
      contain { @slot.queue(@id) if @upload&.take(type, payload) }
    end

    # The head and the body of a request that has been waited for.
    def received
      upload = @upload
      @upload = nil
      [@head, upload.input]
    end

    # `async.callback`. Of an app that has taken the connection over it means nothing, and -1 only repeats itself.
    def respond(result)
      status, headers, body = *result
      return if status == -1 || @connection&.opened?
      return discard(body) unless claim

      on_reactor { deliver(status, headers, body) }
    end

    # The deferrable body has a piece more. What is wrong with it must not reach the reactor, which would end by it.
    def add(piece)
      return add_later(piece) unless ::EventMachine.reactor_thread?

      @response.add(piece) unless @ended || @gone
    rescue StandardError => error
      break_off(error)
    end

    # The deferrable body has succeeded or failed.
    def conclude
      on_reactor { finish unless @ended || @gone }
    end

    # The front has room for more.
    def refund(bytes)
      @channel.refund(bytes)
      complete if @ended && !@channel.held?
    end

    # The client has left. Who is just sending to it will notice.
    def lost
      @gone = true
      @channel.lose
      return if @delivering

      claim
      complete(Frames.frame(Frames::END_, @id, [0].pack("N")))
    end

    # `rack.hijack`. It is opened when the app uses it, or returns anything but "later".
    def hijack(_id)
      raise IOError, "This request has been answered." if @claimed

      @connection ||= LateConnection.new { take_over }
    end

    # The raw connection, whoever asks.
    def tunnel
      @tunnel ||= @slot.connect(@id)
    end

    # 103 Early Hints, at once: being early is their point.
    def inform(_id, headers)
      return if @response&.begun || @over

      head = Head.new.read(103, headers)
      @slot.say(Frames.frame(Frames::INTERIM, @id, [103].pack("n") << head.lines))
      @slot.flush
    end

    # Time in the app, in µs, as long as it is the slot's: what takes place later is nobody's work in particular.
    def micros
      return 0 unless Thread.current.equal?(@caller)

      micros = @slot.micros
      @idle = @slot.idle
      micros
    end

    # Bodies are whole before anybody hears of them.
    def listening
      false
    end

    private

    # Runs a part of the app. Whatever it throws at us stays in its request; only a signal may end the worker.
    def contain
      yield
      done = true
    rescue SignalException
      raise
    rescue Exception => error # rubocop:disable Lint/RescueException
      botch(error)
      done = true
    ensure
      botch(ThreadEnded.new("The app has ended its thread.")) unless done || $!
    end

    # What the app returns; "later" when it throws :async.
    def call(app = @slot.app)
      result = LATER
      catch(:async) { result = app.call(@env) }
      result
    end

    # `deferred?` of the app says that this one may block.
    def enter_pool
      @env["rack.multithread"] = true
      leave
      ::EventMachine.defer { contain { answer(call) } }
    end

    # The slot's part is over. Unless the request is answered, the front hears that it need not wait for that.
    def leave
      return if @over

      time = [micros, @idle].pack("NC")
      @caller = nil
      # Another thread has put the connection to use meanwhile, and left it to us to say so.
      return complete(Frames.frame(Frames::TAKEN, @id, time[0, 4])) if @tunnel && !@response
      return if @left

      @left = true
      @slot.say(Frames.frame(Frames::DEFERRED, @id, time))
    end

    # What the app has returned, or "later".
    def answer(result)
      status, headers, body = *result
      later = status == -1
      return give_up(body) if @connection && (@connection.opened? || !(later || @claimed))
      return if later

      claim ? deliver(status, headers, body) : discard(body)
    end

    # The app took the connection over, so what it returned means nothing.
    def give_up(body)
      @connection.__getobj__
      body.close if body.respond_to?(:close)
      complete(Frames.frame(Frames::TAKEN, @id, [micros].pack("N")))
    end

    # The app uses the connection that it has asked for, perhaps long after it was called.
    def take_over
      raise IOError, "This request has been answered." unless claim

      tunnel
      complete(Frames.frame(Frames::TAKEN, @id, [0].pack("N"))) unless @caller
      @tunnel
    end

    # The first to answer is heard.
    def claim
      @lock.synchronize { !@claimed && (@claimed = true) }
    end

    # Sends the response, or what there is of it.
    def deliver(status, headers, body)
      return discard(body) if @over

      @status = status
      @headers = headers
      @delivering = Thread.current
      contain { send_response(status, headers, body) }
      @delivering = nil
      lost if @gone && !@over
    end

    # The same, where errors may happen.
    def send_response(status, headers, body)
      @response = ReactorBody.new(self, @channel, @slot.rack2?)
      file = @response.deliver(@env, status, headers, body)
      @slot.keep(@id, file) if file
      @channel.put(Frames::TAKEN, @id, [micros].pack("N")) if @tunnel
      @channel.hand_over
      end_with(nil) unless @response.late
    end

    # The end of a deferrable body.
    def finish
      @response.conclude
      end_with(nil)
    rescue StandardError => error
      break_off(error)
    end

    # All has been said; the last of it may wait for room.
    def end_with(error)
      @error = error
      @ended = true
      complete unless @channel.held?
    end

    # The app has failed where we called it. When it has answered by then, that stands.
    def botch(error)
      return break_off(error) if claim || @delivering.equal?(Thread.current)

      Failure.log("The app failed after it had answered", error)
    end

    # No answer, or half of one.
    def break_off(error)
      return close_tunnel(error) if @tunnel

      tell(error)
      end_with(error)
    end

    # Tells the front of it.
    def tell(error)
      payload = [micros].pack("N")
      if error.is_a?(ClientGone) then @channel.put(Frames::END_, @id, payload)
      else @channel.put(@response&.begun ? Frames::CUT : Frames::FAILURE, @id, payload << Failure.of(error))
      end
      @channel.hand_over
    end

    # Nobody can be told of it any more but the log.
    def close_tunnel(error)
      Failure.log("The app failed on a connection that it had taken over", error)
      @tunnel.close
      complete(Frames.frame(Frames::TAKEN, @id, [micros].pack("N")))
    end

    # It is over, and everybody who waits for that is told, once.
    def complete(frame = nil)
      return unless @lock.synchronize { !@over && (@over = true) }

      @slot.say(frame) if frame
      @slot.forget(@id)
      @upload&.close
      tell_app if @env
      @input&.close
    end

    # `async.close`, then the deferrable body, as Thin has it; then `rack.response_finished`, last come, first called.
    def tell_app
      on_reactor { Failure.quietly("An async.close callback failed") { @closing.succeed } }
      late = @response&.late
      discard(late) if late
      callbacks = @env["rack.response_finished"] || []
      @slot.flush unless callbacks.empty?
      callbacks.reverse_each do |callback|
        Failure.quietly("A rack.response_finished callback failed") { callback.call(@env, @status, @headers, @error) }
      end
    end

    # A body that is done with, or that nobody waits for. A deferrable one hears it when its client has left.
    def discard(body)
      Failure.quietly("A response body failed when it was told that its client had left") do
        body.fail if @gone && body.respond_to?(:callback) && body.respond_to?(:fail)
      end
      Failure.quietly("The response body could not be closed") { body.close if body.respond_to?(:close) }
    end

    # A piece from another thread, which may go on writing into its string.
    def add_later(piece)
      piece = piece.dup
      ::EventMachine.next_tick { add(piece) }
    end

    # Now on the reactor's thread, soon from any other.
    def on_reactor(&work)
      ::EventMachine.reactor_thread? ? yield : ::EventMachine.next_tick(&work)
      nil
    end
  end
end
