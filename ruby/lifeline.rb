# frozen_string_literal: true

module Gossamer
  # The control connection: a thread that does as the front says, and ends the process when there is no front.
  class Lifeline
    # `io` has said HELLO. Frames that are not for every process go to the block; `gone` is called when there is no front.
    def initialize(io, gone: -> { Process.exit!(1) }, &orders)
      @io = io
      @gone = gone
      @orders = orders
      @lock = Mutex.new
      @thread = Thread.new { listen }
      @thread.name = "gossamer lifeline"
    end

    # Tells the front something. It may come from any thread.
    def tell(type, payload = "")
      @lock.synchronize { @io.write(Frames.frame(type, 0, payload)) }
    end

    # Hangs up without a word: what a child does with its parent's.
    def close
      @io.close
    end

    private

    # As long as the front lives. It never closes this line before we have gone, so its end is the front's.
    def listen
      heed
      @orders&.call(nil, nil)
      @gone.call
    end

    # Order by order.
    def heed
      while (type, _id, payload = Frames.read(@io))
        case type
        when Frames::INSPECT then inspect_threads
        when Frames::REOPEN then reopen(payload)
        else @orders&.call(type, payload)
        end
      end
    rescue IOError, SystemCallError
      nil # It ended in the middle of a word.
    end

    # Says what the threads do; a worker sends what it has ready first.
    def inspect_threads
      @orders&.call(Frames::INSPECT, nil)
      tell(Frames::BACKTRACES, backtraces)
    end

    # What every thread but this one is doing.
    def backtraces
      (Thread.list - [Thread.current]).map do |thread|
        name = thread.name || (thread == Thread.main ? "main" : "unnamed")
        ["#{name} (#{thread.status || "dead"})", *(thread.backtrace || []).map { |line| "  #{line}" }].join("\n")
      end.join("\n\n")
    end

    # The log has been moved away: from now on into a fresh one.
    def reopen(path)
      # A stream that is given the path itself is unbuffered only a moment later, in which others may write, and be killed.
      File.open(path, "a") do |file|
        file.sync = true
        [$stdout, $stderr].each { |stream| stream.reopen(file) }
      end
    rescue SystemCallError => error
      Failure.log("The log could not be reopened", error)
    end
  end
end
