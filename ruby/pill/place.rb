# frozen_string_literal: true

module Gossamer
  module Pill
    # Where something stands: what a refusal and a warning name.
    Place = Struct.new(:file, :line) do
      # The nearest line that is neither ours nor Ruby's own: in the pill, or in what the pill has loaded.
      def self.here
        of(caller_locations(1))
      end

      # The first such line of a way, and where all of it is ours or Ruby's, the first of all.
      def self.of(locations)
        found = (locations || []).find { |one| theirs?(one.path.to_s) } || locations&.first
        found && new(found.path, found.lineno)
      end

      # Neither we, nor Ruby, nor a gem.
      def self.theirs?(path)
        !path.start_with?(self::OURS, *self::RUBY, "<internal:") && !path.include?("/gems/")
      end

      def to_s
        "#{file}:#{line}"
      end
    end
    Place::OURS = "#{__dir__}/"
    Place::RUBY = RbConfig::CONFIG.values_at("rubylibdir", "vendordir").compact.map { |folder| "#{folder}/" }.freeze
  end
end
