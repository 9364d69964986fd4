# frozen_string_literal: true

require_relative "place"
require_relative "spelling"

module Gossamer
  module Pill
    # The pill says something that cannot be, so nothing of it is loaded. It is no StandardError: a pill that rescues
    # what its own lines raise is to hear of this all the same.
    class Refusal < Exception # rubocop:disable Lint/InheritException
      attr_reader :place

      # `exact` is a message of bluepill's own, which somebody may look for word for word: without the place.
      def initialize(message, place = Place.here, exact: false)
        @place = place
        super("Config Error: #{exact || place.nil? ? message : "#{place}: #{message}"}")
      end
    end
  end
end
