# frozen_string_literal: true

module Gossamer
  # How long the app took, in µs, so that the front knows whether another request may wait behind this one.
  class Stopwatch
    SLOW_MICROS = 1_000

    # `others`: how many threads of ours share this process, and may keep the GVL from us.
    def initialize(others)
      @others = others
    end

    # A batch begins.
    def start
      @since = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
      baseline if @others.positive?
    end

    # Was the last request slow?
    def slow?
      @wall >= SLOW_MICROS
    end

    # The time since the request before; asked once for each, when it is over.
    def micros
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
      @wall = now - @since
      @since = now
      @others.positive? && @wall >= SLOW_MICROS ? @wall - waited : @wall
    end

    private

    # What waiting for the GVL can have cost: no more than others used, and no more than their fair turns between
    # ours. Without the second bound a sleep beside busy threads would pass for waiting.
    def waited
      all = @all
      own = @own
      baseline
      own = @own - own
      [@all - all - own, own * @others, @wall - own].min.clamp(0, @wall)
    end

    # The CPU that this process and this thread have used so far.
    def baseline
      @all = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :microsecond)
      @own = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :microsecond)
    end
  end
end
