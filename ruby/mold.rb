# frozen_string_literal: true

module Gossamer
  # A process that has loaded the app once, and forks the workers: they share its memory until they write to it.
  class Mold
    # `options` as boot.rb was told; a worker forked from here gets them with a number of its own.
    def initialize(options)
      @options = options
      @children = {}
      @orders = Queue.new
      @retiring = false
    end

    # Gets in touch. Orders wait until the app is loaded; the end of the front does not.
    def greet
      worker = Worker.new(@options)
      $PROGRAM_NAME = "gossamer mold [#{worker.tag}]"
      line = worker.connect("mold")
      @lifeline = Lifeline.new(line) { |type, payload| type ? @orders << [type, payload] : kill_children }
    end

    # Forks a worker whenever it is told to. Returns in the child only, with the child's worker.
    def serve
      settle
      @lifeline.tell(Frames::READY, Frames.join([RUBY_VERSION, defined?(::Rack.release) ? ::Rack.release : ""]))
      loop do
        type, payload = @orders.pop
        retire if type == Frames::RETIRE
        worker = type == Frames::FORK && breed(payload)
        return worker if worker
      end
    end

    # The app did not load, and here is why.
    def refuse(error)
      @lifeline.tell(Frames::LOAD_FAILED, Failure.of(error))
      Process.exit!(1)
    end

    private

    # What has survived loading will stay: old objects are not written to, so their pages stay shared.
    def settle
      return Process.warmup if Process.respond_to?(:warmup)

      3.times { GC.start }
      GC.compact if GC.respond_to?(:compact)
    rescue NotImplementedError
      nil # Compaction is a luxury.
    end

    # One more worker. In the child: the worker, in touch with the front by a line of its own.
    def breed(number)
      pid = Process.fork
      return child(number) unless pid

      @children[pid] = number
      @lifeline.tell(Frames::FORKED, Frames.join([number, pid]))
      Thread.new { bury(pid, Process.detach(pid).value) }
      nil
    end

    # We are the child now: nothing of the mold's is ours, nor its process group, so that what the app starts is known
    # to be ours.
    def child(number)
      Process.setsid
      @lifeline.close
      Worker.new(@options.merge("number" => number)).tap(&:greet)
    end

    # A worker has ended; the front is told how.
    def bury(pid, status)
      number = @children.delete(pid)
      reason = status.signaled? ? "SIG#{Signal.signame(status.termsig)}" : "exit #{status.exitstatus}"
      @lifeline.tell(Frames::EXITED, Frames.join([number, pid, reason]))
      Process.exit!(0) if @retiring && @children.empty?
    end

    # A newer mold has taken over: leave when the last worker has.
    def retire
      @retiring = true
      Process.exit!(0) if @children.empty?
    end

    # The front is gone, and nobody is to be left behind.
    def kill_children
      @children.each_key do |pid|
        Process.kill(:KILL, pid)
      rescue Errno::ESRCH
        nil # It was faster.
      end
    end
  end
end
