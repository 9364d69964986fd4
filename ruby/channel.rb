# frozen_string_literal: true

module Gossamer
  # What one request says on a line that many requests use at a time. To a Body it is what a Wire is.
  class Channel
    # What is to be said next (append to it), and whether the client has left.
    attr_reader :out, :gone

    # `slot` has the line, `id` is the request's.
    def initialize(slot, id)
      @slot = slot
      @id = id
      @out = String.new
      @gone = false
    end

    # A response with a body of unknown length begins: a mebibyte of it may be sent unasked.
    def open(_id)
      @credit = 1 << 20
      @room = ConditionVariable.new
      # Frames that wait for room at the front, with the room that each takes.
      @held = []
      @lock = Mutex.new
    end

    # Puts a small frame in line, behind what is held.
    def put(type, id, payload = "")
      frame = Frames.frame(type, id, payload)
      held? ? @lock.synchronize { @held << [frame, 0] } : @out << frame
    end

    # Sends what has gathered, now, with everything that is on the line before it.
    def flush(*more)
      hand_over(*more)
      @slot.flush
      nil
    end

    # Lets what has gathered leave with what others have.
    def hand_over(*more)
      return if @out.empty? && more.empty?

      @slot.say(@out, more)
      @out.clear
    end

    # Nobody has to be given back for our sake: the front asks for those who wait behind us.
    def give_back; end

    # A piece of the body, in a frame. The reactor cannot wait until the front has room, so it keeps what is too much;
    # any other thread waits.
    def piece(bytes)
      reactor = ::EventMachine.reactor_thread?
      @lock.synchronize do
        @room.wait(@lock) until reactor || @credit.positive? || @gone
        raise ClientGone, "The client has left." if @gone

        prefix = [(bytes.bytesize << 8) | Frames::DATA, @id].pack("NN")
        return @held << [prefix << bytes.b, bytes.bytesize] unless @held.empty? && @credit.positive?

        @credit -= bytes.bytesize
        @out << prefix
      end
      hand_over(bytes)
    end

    # Does something wait for room?
    def held?
      @held ? !@held.empty? : false
    end

    # There is room for so many bytes more.
    def refund(bytes)
      ready = @lock.synchronize do
        @credit += bytes
        @room.broadcast
        release
      end
      @slot.say(ready) unless ready.empty?
    end

    # The client has left: what waits for it is of no use.
    def lose
      @gone = true
      @lock&.synchronize do
        @held.clear
        @room.broadcast
      end
    end

    private

    # Holding the lock: the frames that have room now. They are only held where the reactor writes, which is where this
    # happens, so that nothing of `out` is overtaken.
    def release
      ready = String.new
      while @held.any? && (@held[0][1].zero? || @credit.positive?)
        frame, bytes = @held.shift
        @credit -= bytes
        ready << frame
      end
      ready
    end
  end
end
