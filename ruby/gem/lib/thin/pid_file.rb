# frozen_string_literal: true

require_relative "logging"

module Thin
  # The pid file is that of a server that runs.
  class PidFileExist < RuntimeError; end
  # There is no pid file, or none that names a process.
  class PidFileNotFound < RuntimeError; end

  # A file with the number of a process in it.
  class PidFile
    include Logging

    # So often we look whether a process has gone.
    POLL_S = 0.05

    attr_reader :path

    # `name` is what messages call it.
    def initialize(path, name = path)
      @path = path
      @name = name
    end

    # The number; nil where there is none that can be one.
    def pid
      text = File.file?(@path) ? File.read(@path) : ""
      text.strip.match?(/\A[1-9]\d*\z/) ? text.to_i : nil
    end

    # Makes room: a stale one is removed. Raises PidFileExist for one that is not.
    def clear
      return unless File.exist?(@path)

      number = pid
      if number && running?(number)
        raise PidFileExist, "#{@name} already exists, seems like it's already running (process ID: #{number}). " \
                            "Stop the process or delete #{@name}."
      end
      log_info "Deleting stale PID file #{@name}"
      remove
    end

    # Our own number.
    def write
      File.write(@path, Process.pid.to_s, perm: 0o644)
    end

    # Nothing is left of it.
    def remove
      File.delete(@path)
    rescue Errno::ENOENT
      nil # Somebody was faster.
    end

    # Sends a signal, and KILL when the process is still there after `timeout` seconds. Raises PidFileNotFound.
    def stop(signal, timeout)
      return unless (number = send_to(signal))
      return remove if gone_within?(timeout, number)

      log_info "Timeout!"
      log_info "Sending KILL signal to process #{number} ... "
      Process.kill("KILL", number)
      remove
    rescue Errno::ESRCH
      remove # It went while we made up our mind.
    end

    # Sends a signal, without waiting for what it does. Raises PidFileNotFound.
    def signal(name)
      send_to(name)
      nil
    end

    private

    # The number that it was sent to; nil when there was no such process, whose file is removed then.
    def send_to(signal)
      number = pid
      raise PidFileNotFound, "Can't stop process, no PID found in #{@name}" unless number

      log_info "Sending #{signal} signal to process #{number} ... "
      Process.kill(signal, number)
      number
    rescue Errno::ESRCH
      log_info "process not found!"
      remove
      nil
    end

    # Is it gone before `seconds` have passed? Ctrl-C is the end of patience.
    def gone_within?(seconds, number)
      deadline = now + seconds
      while running?(number)
        return false if now > deadline

        sleep POLL_S
      end
      true
    rescue Interrupt
      false
    end

    # Somebody else's runs all the same.
    def running?(number)
      Process.kill(0, number)
      true
    rescue Errno::EPERM
      true
    rescue Errno::ESRCH
      false
    end

    # Whatever happens to the clock on the wall.
    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
