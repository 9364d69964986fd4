# frozen_string_literal: true

require_relative "value"

module Gossamer
  module Pill
    # What all checks have: how often they look, how often what they see may be bad, and what happens then.
    class CheckTerms
      NAMES = %i[every times fires include_children].freeze
      # What some pills write after an event that has happened by then.
      AFTERTHOUGHTS = %w[term kill].freeze

      # `option` gives the Value of an option, nil where it is not there.
      def initialize(option)
        @option = option
      end

      # The block is told what has no effect.
      def describe(&warn)
        { everyMs: every_ms, times: times, fires: fires(&warn) }
      end

      private

      def every_ms
        (@option.call(:every).amount * 1000).round
      end

      # `3` is three of the last three.
      def times
        option = @option.call(:times)
        return [1, 1] if option.nil?

        pair = option.value.is_a?(Array) ? option.value : [option.value] * 2
        sound = pair.length == 2 && pair.all? { |one| one.is_a?(Integer) && one.positive? } && pair.first <= pair.last
        sound ? pair.map(&:to_i) : option.refuse("expected a number, or two such as [3, 5] (three of the last five)")
      end

      def fires
        option = @option.call(:fires)
        return ["restart"] if option.nil?

        events = [*option.value]
        late, real = events.each_with_index.partition { |event, index| index.positive? && AFTERTHOUGHTS.include?(event.to_s) }
        yield "#{late.map { |event, _| ":#{event}" }.join(" and ")} in #{option.what} is no event and has no effect." if late.any?
        option.refuse("expected an event") if real.empty?
        real.map { |event, _| Value.new(option.what, event, option.place).event }
      end
    end
  end
end
