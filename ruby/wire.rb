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

    # Takes over a connection.
    def initialize(socket)
      @socket = socket
      @reading = Mutex.new
      @writing = Mutex.new
      @exposed = false
      @read = String.new(capacity: READ_BYTES)
      @held = String.new
      @frames = []
      @out = String.new(capacity: FLUSH_BYTES)
    end

    # Waits for more bytes; false when the front has closed the line.
    def fill
      @reading.synchronize { receive(@socket.readpartial(READ_BYTES, @read)) }
    rescue EOFError, Errno::ECONNRESET
      false
    end

    # The payload of the next whole frame, or nil; `type` and `id` say the rest.
    def next_frame
      @type, @id, payload = @frames.shift
      payload
    end

    # For another thread, while ours is in the app: takes back every request that has not been begun, and returns their
    # ids, last come first. When our thread is just reading there is nothing to take back.
    def recall
      return [] unless @reading.try_lock

      begin
        while (bytes = @socket.read_nonblock(READ_BYTES, exception: false)).is_a?(String)
          receive(bytes)
        end
        withdraw
      ensure
        @reading.unlock
        release
      end
    rescue IOError, SystemCallError
      [] # Our thread will meet it, too, and knows what to do.
    end

    # For another thread, too: sends what our thread has left behind while it is in the app.
    def release
      return unless @writing.try_lock

      begin
        return unless @exposed

        @socket.write(@out)
        @out.clear
      ensure
        @writing.unlock
      end
    rescue IOError, SystemCallError
      nil # As above.
    end

    # Is the front waiting for us already? Then this is no time to collect garbage.
    def idle?
      @frames.empty? && @held.empty? && !@socket.wait_readable(0)
    end

    # Sends what has gathered.
    def flush(*more)
      return if @out.empty? && more.empty?

      @writing.synchronize { @socket.write(@out, *more) }
      @out.clear
    end

    # While the block runs the app, answers that have gathered may be sent by the thread that recalls: those clients
    # have waited long enough when the request in hand turns out slow.
    def exposed
      return yield if @out.empty?

      begin
        @exposed = true
        yield
      ensure
        conceal
      end
    end

    # We are going to write ourselves.
    def conceal
      @writing.synchronize { @exposed = false } if @exposed
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
      withdraw.each { |id| put(Frames::RETURNED, id) }
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
      @reading.synchronize do
        heard = sort
        heard = listen_on || sort until heard || !(wait || @socket.wait_readable(0))
      end
      give_back if @returning && !@frames.empty?
    end

    # Hangs up.
    def close
      @socket.close
    end

    private

    # Takes bytes in, and cuts every whole frame off them.
    def receive(bytes)
      @held << bytes
      at = 0
      while (finish = frame_end(at))
        word, id = prefix(at)
        @frames << [word & 255, id, @held.byteslice(at + 8, word >> 8)]
        at = finish
      end
      @held = at == @held.bytesize ? @held.clear : @held.byteslice(at..-1) if at.positive?
      true
    end

    # Where the frame ends that begins at `at`; nil when it is not all here.
    def frame_end(at)
      return if @held.bytesize < at + 8

      finish = at + 8 + (prefix(at)[0] >> 8)
      finish if finish <= @held.bytesize
    end

    # Requests that are not begun, off the pile: their ids, last come first. Shift and pop are one step each for Ruby,
    # so that a frame is either begun by our thread or taken back here.
    def withdraw
      kept = []
      ids = []
      while (frame = @frames.pop)
        frame[0] > Frames::REQUEST_STREAM ? kept.unshift(frame) : ids << frame[1]
      end
      @frames.concat(kept)
      ids
    end

    # Waits for bytes; true when there will be no more.
    def listen_on
      receive(@socket.readpartial(READ_BYTES, @read))
      nil
    rescue EOFError, Errno::ECONNRESET
      @gone = true
    end

    # Frames that are here already: what concerns the current request is heeded, the others wait their turn.
    def sort
      heard = false
      @frames.reject! do |type, id, payload|
        next if type <= Frames::REQUEST_STREAM || type == Frames::SENT

        heard |= heed(type, id, payload)
        true
      end
      heard
    end

    # One word of the front about the current request; words about others come too late to matter.
    def heed(type, id, payload)
      return false unless id == @current

      case type
      when Frames::CREDIT then @credit += payload.unpack1("N")
      when Frames::GONE then @gone = true
      else @listener&.call(type, payload)
      end
      true
    end

    # A frame's first eight bytes, as two numbers.
    if RUBY_VERSION >= "3.1"
      def prefix(at)
        @held.unpack("NN", offset: at)
      end
    else
      def prefix(at)
        @held.byteslice(at, 8).unpack("NN")
      end
    end
  end
end
