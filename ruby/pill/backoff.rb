# frozen_string_literal: true

require_relative "attributes"
require_relative "value"

module Gossamer
  module Pill
    # `backoff first: 1.second, ceiling: 1.minute, forgive_after: 5.minutes`: how long to leave alone what keeps dying.
    module Backoff
      DEFAULTS = { first: 1, ceiling: 60, forgive_after: 60 }.freeze

      # What the supervisor needs of it; nil where there is none. `true` is that of the defaults.
      def self.read(value)
        return if value.nil? || value.value == false

        options = DEFAULTS.merge(value.options(Attributes::BACKOFF))
        first, ceiling, forgive_after = Attributes::BACKOFF.map do |key|
          Value.new("#{key} of #{value.what}", options[key], value.place).milliseconds
        end
        { firstMs: first, ceilingMs: ceiling, forgiveAfterMs: forgive_after }
      end
    end
  end
end
