# frozen_string_literal: true

module Gossamer
  module Pill
    # What somebody probably meant.
    module Spelling
      # The word of `words` that is nearest to `typed`; nil when none is near.
      def self.nearest(typed, words)
        return unless defined?(DidYouMean::SpellChecker)

        DidYouMean::SpellChecker.new(dictionary: words.map(&:to_s)).correct(typed.to_s).first
      end

      # ` Did you mean daemonize?`, or nothing.
      def self.hint(typed, words)
        near = nearest(typed, words)
        near ? " Did you mean #{near}?" : ""
      end
    end
  end
end
