# frozen_string_literal: true

require_relative "failure"
require_relative "value"

module Gossamer
  module Pill
    # The process that a trigger watches, as far as Ruby knows it. What is to happen to it is told to the supervisor.
    class Watched
      attr_reader :name, :group
      # As the supervisor last told it.
      attr_accessor :actual_pid, :state

      # `line` takes what is said of the custom with this number; `child` is the pid of a child, or nil.
      def initialize(name, group, number, child, &line)
        @name = name
        @group = group
        @about = { id: number, child: child }.compact
        @line = line
        @actual_pid = child
      end

      # Has an event happen.
      def dispatch!(event, reason = nil)
        say("dispatch", event: event_name(event), reason: Failure.utf8(reason))
      end

      # Has an event happen after so many seconds.
      def schedule(event, delay, reason = nil)
        say("schedule", event: event_name(event), afterMs: (Float(delay) * 1000).round, reason: Failure.utf8(reason))
      end

      # Takes back what was scheduled.
      def cancel
        say("cancel")
      end

      # Lines for the log of the application.
      def logger
        @logger ||= Logger.new { |level, text| say("log", level: level, text: Failure.utf8(text)) }
      end

      def inspect
        "the process '#{name}'"
      end

      private

      def event_name(event)
        return event.to_s if Value::EVENTS.include?(event.to_s)

        raise ArgumentError, "there is no event #{event.inspect}, only #{Value::EVENTS.join(", ")}"
      end

      def say(what, **more)
        @line.call({ say: what, **@about, **more })
      end

      # What triggers log with: the levels of syslog and of Ruby's own Logger.
      class Logger
        LEVELS = { debug: "debug", info: "info", notice: "notice", warning: "warning", warn: "warning", err: "err", error: "err",
                   crit: "crit", fatal: "crit", emerg: "emerg", alert: "alert" }.freeze

        def initialize(&say)
          @say = say
        end

        LEVELS.each do |name, level|
          define_method(name) { |text = nil, &block| @say.call(level, (text.nil? && block ? block.call : text).to_s) }
        end
      end
    end
  end
end
