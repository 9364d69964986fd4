# frozen_string_literal: true

require_relative "refusal"

module Gossamer
  module Pill
    # What stands on the right side of an attribute or an option, made into what a description holds.
    class Value
      EVENTS = %w[start stop restart unmonitor].freeze
      OFF = %w[false no off 0].freeze

      attr_reader :what, :value, :place

      # `what` is how a refusal calls it: `start_grace_time of 'web'`.
      def initialize(what, value, place)
        @what = what
        @value = value
        @place = place
      end

      # A string that a command line and JSON can hold.
      def text
        refuse("expected a text") unless [String, Symbol, Numeric].any? { |kind| @value.is_a?(kind) } || @value.respond_to?(:to_path)
        text = (@value.respond_to?(:to_path) ? @value.to_path : @value.to_s).dup
        text.force_encoding(Encoding::UTF_8) unless text.encoding == Encoding::UTF_8
        refuse("expected UTF-8") unless text.valid_encoding?
        refuse("a NUL byte cannot be part of it") if text.include?("\0")
        text
      end

      # A text with something in it.
      def word
        text.tap { |word| refuse("expected a text that is not empty") if word.strip.empty? }
      end

      # One text or a list of them.
      def words
        [*@value].map { |one| Value.new(@what, one, @place).word }
      end

      # A path, absolute; one that is not begins at `base`. No shell reads it, so `~` is a name like any other.
      def path(base)
        File.absolute_path(word, base)
      end

      # A number that is at least 0; what `10.seconds` gives is one.
      def number
        refuse("expected a number of at least 0") unless @value.is_a?(Numeric) && @value.real? && @value.to_f.finite? && @value.to_f >= 0
        @value.to_f % 1 == 0 ? @value.to_i : @value.to_f
      end

      # A number above 0.
      def amount
        number.tap { |number| refuse("expected a number above 0") if number.zero? }
      end

      # A whole number in `range`.
      def integer(range)
        refuse("expected a whole number from #{range.min} to #{range.max}") unless @value.is_a?(Integer) && range.cover?(@value.to_i)
        @value.to_i
      end

      # Seconds, as whole milliseconds.
      def milliseconds
        (number * 1000).round
      end

      # Yes or no. Ruby takes every text for a yes, also one that says no.
      def flag
        refuse("expected true or false") if OFF.include?(@value.to_s.downcase) && @value != false
        @value ? true : false
      end

      # What can happen to a process.
      def event
        name = @value.to_s
        return name if EVENTS.include?(name)

        refuse("expected one of #{EVENTS.join(", ")}", Spelling.hint(name, EVENTS))
      end

      # The mode bits that a new file does not get: 022, or "022" as a shell writes it.
      def umask
        bits = @value.is_a?(String) && @value.match?(/\A[0-7]{1,4}\z/) ? @value.oct : @value
        refuse("expected mode bits such as 0022") unless bits.is_a?(Integer) && (0..0o777).cover?(bits)
        bits
      end

      # Names and values as strings; a value of nil is an empty one.
      def environment
        refuse("expected a Hash of names and values") unless @value.is_a?(Hash)
        @value.to_h { |name, value| [Value.new(@what, name, @place).word, value.nil? ? "" : Value.new(@what, shown(value), @place).text] }
      end

      # A Hash with some of `names`, which have defaults; `true` is one with none.
      def options(names)
        return {} if @value == true

        refuse("expected #{names[0..-2].map { |name| "#{name}:" }.join(", ")} and #{names.last}:") unless @value.is_a?(Hash)
        options = @value.to_h { |key, value| [key.to_sym, value] }
        odd = options.keys.find { |key| !names.include?(key) }
        raise Refusal.new("#{@what} has no option #{odd}.#{Spelling.hint(odd, names)}", @place) if odd

        options
      end

      # Refuses it: `start_grace_time of 'web': expected …, got "3".`
      def refuse(why, hint = "")
        got = @value.inspect
        got = "#{got[0, 57]}..." if got.length > 60
        raise Refusal.new("#{@what}: #{why}, got #{got}.#{hint}", @place)
      end

      private

      # `true` and what else is no text says itself what it is as one.
      def shown(value)
        value.is_a?(String) ? value : value.to_s
      end
    end
  end
end
