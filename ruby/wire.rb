# frozen_string_literal: true

module Gossamer
  # A slot's line to the front: frames in, frames out, one read and one write for as many of them as there are.
  class Wire
    READ_BYTES = 65_536
    # Past this much we let go of what we have written, however many requests are still on hand.
    FLUSH_BYTES = 262_144

    # What is to be written next (append to it), and whose frame was read last.
    attr_reader :out, :type, :id
    # What the request that is being answered may still write, and whether its client has left.
    attr_reader :credit, :gone

    # Takes over a connection that has said HELLO.
    def initialize(socket)
      @socket = socket
      @read = String.new(capacity: READ_BYTES)
      @held = String.new
      @at = 0
      @parked = []
      @out = String.new(capacity: FLUSH_BYTES)
    end

    # Waits for more bytes; false when the front has closed the line.
    def fill
      @held = @at == @held.bytesize ? @held.clear : @held.byteslice(@at..-1)
      @at = 0
      @socket.readpartial(READ_BYTES, @read)
      @held << @read
    rescue EOFError, Errno::ECONNRESET
      false
    end

    # The payload of the next whole frame, or nil; `type` and `id` say the rest.
    def next_frame
      return unpark unless @parked.empty?

      take
    end

    # Is the front waiting for us already? Then this is no time to collect garbage.
    def idle?
      @parked.empty? && @at == @held.bytesize && !@socket.wait_readable(0)
    end

    # Sends what has gathered.
    def flush(*more)
      return if @out.empty? && more.empty?

      @socket.write(@out, *more)
      @out.clear
    end

    # Puts a small frame of ours in line.
    def put(type, id, payload = "")
      @out << Frames.frame(type, id, payload)
    end

    # A response with a body of unknown length begins: `id` may write a mebibyte unasked.
    def open(id)
      @current = id
      @credit = 1 << 20
      @gone = false
      @listener = nil
    end

    # The request in hand takes its time, so nobody shall wait behind it: requests go back to the front, last come
    # first, so that it finds the oldest on top of the pile.
    def give_back
      @returning = true
      sort
      @parked.reverse_each { |type, id, _| put(Frames::RETURNED, id) if type <= Frames::REQUEST_STREAM }
      @parked.select! { |type, _, _| type > Frames::REQUEST_STREAM }
      flush
    end

    # Another request is in hand, and others may wait for it.
    def take_on
      @returning = false
    end

    # Whoever reads the streamed body of this request hears of its pieces: call(type, payload).
    def listen(id, &listener)
      open(id)
      @listener = listener
    end

    # Spends credit; the caller has asked for it before.
    def spend(bytes)
      @credit -= bytes
    end

    # Hears what the front says of the current request; waits for at least one word of it when told to.
    def hear(wait)
      heard = sort
      until heard
        break unless wait || @socket.wait_readable(0)

        fill || (@gone = true)
        heard = sort || @gone
      end
      give_back if @returning && !@parked.empty?
    end

    # Hangs up.
    def close
      @socket.close
    end

    private

    # Frames that are here already: what concerns the current request is heeded, later requests wait their turn.
    def sort
      heard = false
      while (payload = take)
        later = @type <= Frames::REQUEST_STREAM || @type == Frames::SENT
        later ? @parked << [@type, @id, payload] : heard |= heed(payload)
      end
      heard
    end

    # One word of the front about the current request; words about others come too late to matter.
    def heed(payload)
      return false unless @id == @current

      case @type
      when Frames::CREDIT then @credit += payload.unpack1("N")
      when Frames::GONE then @gone = true
      else @listener&.call(@type, payload)
      end
      true
    end

    # The next frame of the bytes we hold.
    def take
      start = @at + 8
      return if @held.bytesize < start

      word, @id = prefix
      finish = start + (word >> 8)
      return if @held.bytesize < finish

      @type = word & 255
      @at = finish
      @held.byteslice(start, word >> 8)
    end

    # A frame's first eight bytes, as two numbers.
    if RUBY_VERSION >= "3.1"
      def prefix
        @held.unpack("NN", offset: @at)
      end
    else
      def prefix
        @held.byteslice(@at, 8).unpack("NN")
      end
    end

    # A request that arrived while an earlier one was still talking.
    def unpark
      @type, @id, payload = @parked.shift
      payload
    end
  end
end
