# frozen_string_literal: true

require_relative "refusal"

module Gossamer
  module Pill
    # `[:quit, 30, :term, 5, :kill]`: signals, and between them how long the process has to end.
    class StopSignals
      NAMES = (Signal.list.keys - %w[EXIT]).freeze
      # What is left for the last signal, where nobody says how long a stop may take.
      LAST_MS = 1_000

      def initialize(value, what, place)
        @value = value
        @what = what
        @place = place
        refuse_at("expected a list such as [:quit, 30, :term], got #{value.inspect}.") unless value.is_a?(Array)
        check_elements
      end

      # The sum of the delays, in seconds.
      def seconds
        delays.sum
      end

      # Refuses what would be cut off: `grace` is what the pill gives a stop, nil when it says nothing.
      def check_grace(grace)
        return if grace && grace > seconds

        refuse("Stop_grace_time should be greater than the sum of stop_signals delays!")
      end

      # What the supervisor walks. The last signal has what `grace_ms`, the whole of it, leaves over.
      def steps(grace_ms)
        left = [grace_ms - (seconds * 1000).round, LAST_MS].max
        waits = [*delays.map { |delay| (delay * 1000).round }, left]
        signals.zip(waits).map { |signal, wait| { signal: signal, graceMs: wait } }
      end

      private

      # bluepill's own words, in bluepill's own order.
      def check_elements
        @value.each_with_index do |one, index|
          if index.even?
            refuse("Invalid stop_signals!  Expected a symbol (signal) at position #{index} instead of '#{one}'.") unless one.is_a?(Symbol)
          else
            refuse("Invalid stop_signals!  Expected a number (delay) at position #{index} instead of '#{one}'.") unless one.is_a?(Integer)
          end
        end
        refuse("Invalid stop_signals!  Expected an odd number of elements.") if @value.length.even?
        refuse_at("expected delays of at least 0.") if delays.any?(&:negative?)
        signals
      end

      def delays
        @value.each_slice(2).map { |_, delay| delay }.compact.map(&:to_i)
      end

      # `:quit`, `:QUIT` and `:SIGQUIT` are the same.
      def signals
        @signals ||= @value.each_slice(2).map { |signal, _| known(signal.to_s.upcase.delete_prefix("SIG"), signal) }
      end

      def known(name, written)
        return name if NAMES.include?(name)

        refuse_at("there is no signal #{written}.#{Spelling.hint(name, NAMES)}")
      end

      def refuse(message)
        raise Refusal.new(message, @place, exact: true)
      end

      def refuse_at(message)
        raise Refusal.new("#{@what}: #{message}", @place)
      end
    end
  end
end
