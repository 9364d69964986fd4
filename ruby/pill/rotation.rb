# frozen_string_literal: true

require_relative "attributes"
require_relative "value"

module Gossamer
  module Pill
    # `log_rotate size: 10.megabytes, keep: 5`: when a log begins anew, and how many old ones stay.
    module Rotation
      DEFAULTS = { size: 10 * 1024**2, keep: 5 }.freeze

      # What the supervisor needs of it; nil where there is none. `true` is that of the defaults.
      def self.read(value)
        return if value.nil? || value.value == false

        options = DEFAULTS.merge(value.options(Attributes::ROTATION))
        size, keep = Attributes::ROTATION.map { |key| Value.new("#{key} of #{value.what}", options[key], value.place) }
        { limitBytes: size.amount.ceil, keep: keep.integer(1..1_000) }
      end
    end
  end
end
