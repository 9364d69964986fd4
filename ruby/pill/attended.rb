# frozen_string_literal: true

require_relative "attributes"
require_relative "check"
require_relative "command"
require_relative "stop_signals"

module Gossamer
  module Pill
    # What is said of a process as well as of the children of one.
    class Attended
      GRACE_MS = 3_000

      attr_reader :name

      def initialize(name, book)
        @name = name.to_s
        @book = book
        @values = {}
        @places = {}
        @checks = {}
      end

      # Adds a check, a trigger or `:flapping`. Of two with one name the later counts.
      def add_check(name, options, place)
        raise Refusal.new("`checks` begins with the name of a check, such as :mem_usage.", place) unless [Symbol, String].any? { |kind| name.is_a?(kind) }

        before = @checks[name.to_s]
        @book.warn("The check :#{name} of #{self} stands twice: this one replaces that of line #{before.place.line}.", place) if before
        @checks[name.to_s] = Check.new(name.to_s, options, "#{name} of #{self}", place)
      end

      # Sets an attribute. The value comes back, as `uid gid "deploy"` needs it.
      def set(word, value, place)
        name = word.to_sym
        @book.warn("#{name} of #{self} has no effect.", place) if ineffective.include?(name)
        return value if ineffective.include?(name)
        raise Refusal.new("There is no attribute #{word} for #{self}.#{Spelling.hint(word, settable)}", place) unless settable?(name)

        @places[name] = place
        @values[name] = value
      end

      def get(name)
        @values[name]
      end

      def set?(name)
        @values.key?(name)
      end

      def settable?(name)
        settable.include?(name)
      end

      def to_s
        "'#{@name}'"
      end

      private

      # Is there anything but nil?
      def given?(name)
        !@values[name].nil?
      end

      # The attribute as a Value; nil where it is not set.
      def value(name)
        Value.new("#{name} of #{self}", @values[name], @places[name]) if given?(name)
      end

      def command(name)
        return unless given?(name)

        Command.new(@values[name], "#{name} of #{self}", @places[name], variables).words { |message, place| @book.warn(message, place) }
      end

      def grace_ms(name)
        value(name)&.milliseconds || GRACE_MS
      end

      # What bluepill checks of them comes first, in its own order.
      def common
        signals = given?(:stop_signals) ? StopSignals.new(@values[:stop_signals], "stop_signals of #{self}", @places[:stop_signals]) : nil
        check_signals(signals) if signals
        {
          stopCommand: command(:stop_command),
          stopSignals: signals&.steps(grace_ms(:stop_grace_time)),
          restartCommand: command(:restart_command),
          startGraceMs: grace_ms(:start_grace_time),
          stopGraceMs: grace_ms(:stop_grace_time),
          restartGraceMs: grace_ms(:restart_grace_time),
          **watched
        }
      end

      def watched
        triggers, rest = @checks.values.partition(&:trigger?)
        flapping, checks = rest.partition(&:flapping?)
        {
          checks: checks.map { |check| check.description(self, @book) },
          flapping: flapping.first&.flapping(@book),
          triggers: triggers.map { |check| check.trigger(self, @book) }
        }
      end
    end
  end
end
