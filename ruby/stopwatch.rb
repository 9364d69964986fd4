# frozen_string_literal: true

module Gossamer
  # How long the app took, in µs, so that the front knows whether another request may wait behind this one, and now and
  # then how much of that it spent waiting for something that is not Ruby, so that the front knows whether a second
  # thread would get anything done meanwhile.
  class Stopwatch
    SLOW_MICROS = 1_000
    # Answers that are ready leave after so long, so that the front has time to send more before the batch is done.
    COMPANY_MICROS = 500
    # A look at where the time goes costs some µs, so it is taken this seldom.
    LOOK_MICROS = 20_000
    # What the kernel knows of the thread that asks: µs on a CPU, and waiting for one.
    SCHEDULE = "/proc/thread-self/schedstat"

    # Of the last answer's time, the part that the app waited, as the front hears it: 0 when nobody looked.
    attr_reader :idle

    # `others`: how many threads of ours share this process, and may keep the GVL from us.
    def initialize(others)
      @others = others
      @looked_at = @all = @own = 0
      @idle = 0
    end

    # It is the calling thread that is timed from now on.
    def attach
      @schedule&.close
      @schedule = File.open(SCHEDULE)
    rescue SystemCallError
      @schedule = nil # Not Linux: a thread that waits for a CPU passes for a slow app.
    end

    # A batch begins.
    def start
      @since = @left = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
      @looks = @others.positive? && @schedule && @since - @looked_at >= LOOK_MICROS
      baseline
    end

    # Have answers waited long enough for others to leave with? They are taken to leave now.
    def due?
      return false if @since - @left < COMPANY_MICROS

      @left = @since
      true
    end

    # The time since the request before; asked once for each, when it is over.
    def micros
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
      wall = now - @since
      @since = now
      @idle = 0
      wall < SLOW_MICROS && !@looks ? wall : service(wall)
    end

    private

    # The time that was the app's: without what waiting for a CPU took, and what waiting for the GVL can have taken. That
    # is no more than others used, and no more than their fair turns between ours; without the second bound a sleep
    # beside busy threads would pass for waiting.
    def service(wall)
      all = @all
      own = @own
      queued = @queued
      baseline
      own = @own - own
      wall -= (@queued - queued).clamp(0, wall)
      wall -= [@all - all - own, own * @others, wall - own].min.clamp(0, wall) if @others.positive?
      look(wall, own) if @looks
      wall
    end

    # Whatever of it was not Ruby's went by waiting. Without a GVL threads need not wait for each other, so nobody is told.
    def look(service, own)
      @looks = false
      @looked_at = @since
      @idle = 1 + (254 * (service - own).clamp(0, service) / [service, 1].max) if RUBY_ENGINE == "ruby"
    end

    # The CPU that this process and this thread have used so far, and the time that this thread has waited for one.
    def baseline
      @queued = @schedule ? @schedule.pread(48, 0).split(" ", 3)[1].to_i / 1_000 : 0
      return unless @others.positive?

      @all = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :microsecond)
      @own = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :microsecond)
    end
  end
end
