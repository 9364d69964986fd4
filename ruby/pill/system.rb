# frozen_string_literal: true

module Bluepill
  # What checks of a pill's own may ask of a process.
  module System
    # One line of `ps`.
    Row = Struct.new(:pid, :parent, :cpu, :kilobytes, :elapsed, :command)

    class << self
      # Is there such a process?
      def pid_alive?(pid)
        ::Process.kill(0, pid)
        true
      rescue Errno::EPERM
        true
      rescue SystemCallError
        false
      end

      # Percent of a CPU, over the process's whole life.
      def cpu_usage(pid, include_children = false)
        family(pid, include_children).sum(&:cpu)
      end

      # Kilobytes in memory.
      def memory_usage(pid, include_children = false)
        family(pid, include_children).sum(&:kilobytes)
      end

      # Seconds since it was started; nil when it is gone.
      def running_time(pid)
        find(pid)&.elapsed
      end

      # Its command line; nil when it is gone.
      def command(pid)
        find(pid)&.command
      end

      # The pids of everything below it.
      def get_children(pid)
        below(pid, rows).map(&:pid)
      end

      private

      def find(pid)
        rows.find { |row| row.pid == pid }
      end

      def family(pid, include_children)
        all = rows
        all.select { |row| row.pid == pid } + (include_children ? below(pid, all) : [])
      end

      def below(pid, all)
        children = all.select { |row| row.parent == pid }
        children + children.flat_map { |row| below(row.pid, all) }
      end

      def rows
        lines = IO.popen(%w[ps axo pid=,ppid=,pcpu=,rss=,etime=,command=], &:readlines)
        lines.map do |line|
          pid, parent, cpu, kilobytes, elapsed, command = line.split(" ", 6)
          Row.new(pid.to_i, parent.to_i, cpu.to_f, kilobytes.to_i, seconds(elapsed), command.to_s.chomp)
        end
      end

      # `1-02:03:04`, `03:04`
      def seconds(elapsed)
        days, clock = elapsed.include?("-") ? elapsed.split("-") : [0, elapsed]
        parts = clock.split(":").map(&:to_i)
        parts.unshift(0) while parts.length < 3
        ((days.to_i * 24 + parts[0]) * 60 + parts[1]) * 60 + parts[2]
      end
    end
  end
end
