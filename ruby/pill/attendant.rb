# frozen_string_literal: true

require_relative "asked"
require_relative "failure"
require_relative "place"

module Gossamer
  module Pill
    # The thread that listens to the front: while the pill is read, and as long as the pill's own checks are asked.
    class Attendant
      # prctl(PR_SET_PDEATHSIG), by platform.
      PRCTL = { "x86_64-linux" => 157, "aarch64-linux" => 167 }.freeze
      PR_SET_PDEATHSIG = 1

      def initialize(line, customs)
        @line = line
        @asked = Asked.new(line, customs)
        @closing = Queue.new
        die_with_parent
        @thread = Thread.new { listen }
        @thread.name = "gossamer attendant"
      end

      # Resolves when the front has no more questions.
      def wait
        @closing.pop
      end

      private

      # Ruby hears of the front's end by the line; this is for a C call that never lets another thread run.
      def die_with_parent
        number = PRCTL.find { |platform, _| RUBY_PLATFORM.start_with?(platform) }&.last
        $VERBOSE, verbose = nil, $VERBOSE
        syscall(number, PR_SET_PDEATHSIG, Signal.list.fetch("KILL")) if number
      rescue NotImplementedError, SystemCallError
        nil # Then there is only the line.
      ensure
        $VERBOSE = verbose
      end

      def listen
        @line.each_order { |order| obey(order) }
        leave unless @closed
      end

      def obey(order)
        case order[:order]
        when "where" then @line.say(say: "at", place: Place.of(Thread.main.backtrace_locations)&.to_h)
        when "check", "notify" then @asked.answer(order)
        when "drop" then @asked.drop(order[:ask])
        when "close"
          @closed = true
          @closing.push(nil)
        end
      end

      # The front has died: we go, with what the pill has started in our group.
      def leave
        Process.kill(:KILL, 0) if Process.getpgrp == Process.pid
        Process.exit!(1)
      end
    end
  end
end
