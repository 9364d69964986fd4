# frozen_string_literal: true

require "etc"
require_relative "value"

module Gossamer
  module Pill
    # Users and groups: those that the system does not know are refused, as a process that cannot become one never starts.
    module Accounts
      class << self
        # The name of the user that a Value names, or gives the number of; nil for none.
        def user(value)
          return if value.nil?

          number?(value) ? Etc.getpwuid(value.word.to_i).name : Etc.getpwnam(value.word).name
        rescue ArgumentError
          refuse("user", value)
        end

        # The same of a group.
        def group(value)
          return if value.nil?

          number?(value) ? Etc.getgrgid(value.word.to_i).name : Etc.getgrnam(value.word).name
        rescue ArgumentError
          refuse("group", value)
        end

        # The same of one or several.
        def groups(value)
          (value&.words || []).map { |one| group(Value.new(value.what, one, value.place)) }
        end

        private

        def number?(value)
          value.word.match?(/\A\d+\z/)
        end

        def refuse(kind, value)
          raise Refusal.new("#{value.what}: the system knows no #{kind} #{value.word}. Add the #{kind}, or correct the name.", value.place)
        end
      end
    end
  end
end
