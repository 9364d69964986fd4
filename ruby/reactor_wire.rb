# frozen_string_literal: true

module Gossamer
  # A slot's line that the reactor reads, and every thread may write to.
  class ReactorWire < Wire
    # What the front says of requests that are under way, oldest first: [type, id, payload].
    attr_reader :socket, :news

    # Takes over a connection.
    def initialize(socket)
      super
      @requests = []
      @news = []
    end

    # Takes in what has arrived, without waiting; false when the front has closed the line.
    def take_in
      @reading.synchronize { take }
    rescue IOError, Errno::ECONNRESET
      false
    end

    # The oldest request that nobody has begun: [type, id, payload], or nil.
    def next_request
      @requests.shift
    end

    # Is there one?
    def request?
      !@requests.empty?
    end

    # Lets a request wait its turn again: its body has come, and its head is with its exchange.
    def queue(id)
      @requests << [0, id, nil]
    end

    # For another thread: takes back every request that has not been begun, and returns their ids, last come first.
    def recall
      ids = @reading.synchronize do
        take
        withdraw
      end
      release
      ids
    rescue IOError, SystemCallError
      [] # The reactor will meet it, too.
    end

    # Puts bytes in line; those of `more` are not copied where they are many.
    def say(bytes, more)
      @writing.synchronize do
        @out << bytes
        next if more.empty?

        if more.sum(&:bytesize) > Body::COLLECT_BYTES then write(*more)
        else more.each { |one| @out << (one.ascii_only? ? one : one.b) }
        end
      end
    end

    # Sends what has gathered.
    def flush
      @writing.synchronize { write }
    end

    # The same for a thread that must not wait: whoever is writing sends it all.
    def release
      return unless @writing.try_lock

      begin
        write
      ensure
        @writing.unlock
      end
    end

    # Is the front waiting for us already? Then this is no time to collect garbage.
    def idle?
      @requests.empty? && @held.empty? && !@socket.wait_readable(0)
    end

    private

    # Reads what there is; a read that fills its buffer is followed by another.
    def take
      loop do
        bytes = @socket.read_nonblock(READ_BYTES, @read, exception: false)
        return !bytes.nil? unless String === bytes

        receive(bytes)
        deal
        return true if bytes.bytesize < READ_BYTES
      end
    end

    # Requests wait until somebody begins them, news are heard at once.
    def deal
      @frames.each { |frame| (frame[0] > Frames::REQUEST_STREAM ? @news : @requests) << frame }
      @frames.clear
    end

    # Requests that are not begun: their ids, last come first. Those that have waited for their body are begun.
    def withdraw
      kept = []
      ids = []
      while (frame = @requests.pop)
        frame[0].zero? ? kept.unshift(frame) : ids << frame[1]
      end
      @requests.concat(kept)
      ids
    end

    # Holding the lock: all of it, and `more` behind it. A front that has gone is the lifeline's matter.
    def write(*more)
      @socket.write(@out, *more) unless @out.empty? && more.empty?
    rescue IOError, Errno::EPIPE, Errno::ECONNRESET
      nil
    ensure
      @out.clear
    end
  end
end
