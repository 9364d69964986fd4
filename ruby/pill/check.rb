# frozen_string_literal: true

require_relative "check_terms"
require_relative "kinds"
require_relative "watched"

module Gossamer
  module Pill
    # One line of `checks`: a check of ours, one of the pill's own, a trigger of the pill's own, or `:flapping`.
    class Check
      FLAPPING = Kinds::Options.new([], %i[times within retry_in], CheckTerms::NAMES - [:times])
      FLAPPING_DEFAULTS = { within: 1, retry_in: 5 }.freeze
      # A check of the pill's own, and whether it is to count the children in.
      Own = Struct.new(:condition, :include_children)

      attr_reader :name, :place

      # `what` is how a refusal calls it: `mem_usage of 'web'`.
      def initialize(name, options, what, place)
        @name = name
        @what = "the check #{what}"
        @place = place
        refuse("expected options such as every: 10.seconds, got #{options.inspect}.") unless options.is_a?(Hash)
        @options = options.to_h { |key, value| [key.to_sym, value] }
        refuse_unknown unless trigger? || flapping? || condition || table
        check_options
      end

      def trigger?
        !flapping? && !Bluepill::Trigger[name].nil?
      end

      def flapping?
        name == "flapping"
      end

      # For whoever takes the samples.
      def description(owner, book)
        doubt(book)
        terms = CheckTerms.new(method(:option)).describe { |message| book.warn(message, place) }
        { name: name, place: place.to_h, **terms, kind: kind(owner, book) }
      end

      # For whoever counts the starts.
      def flapping(book)
        doubt(book)
        within, retry_in = FLAPPING_DEFAULTS.map { |key, default| option(key)&.milliseconds || default * 1000 }
        { times: option(:times) ? option(:times).integer(1..1_000) : 5, withinMs: within, retryInMs: retry_in }
      end

      # For whoever asks Ruby before a process changes its state.
      def trigger(owner, book)
        number = book.customs.add do |id, child|
          watched = Watched.new(owner.name, owner.group_name, id, child) { |words| Pill.line.say(words) }
          Bluepill::Trigger[name].new(watched, { **@options, logger: watched.logger }).tap do |made|
            made.process ||= watched
            made.logger ||= watched.logger
          end
        end
        { id: number, name: name }
      end

      private

      def condition
        Bluepill::ProcessConditions[name]
      end

      # What our own check of this name takes; nil for a name that is none of ours.
      def table
        return FLAPPING if flapping?

        Kinds::TABLE[name.to_sym] unless condition || trigger?
      end

      # The Value of an option; nil where it is not there. Without a name, that of the check itself.
      def option(key = nil)
        return Value.new(@what, @options, @place) if key.nil?

        Value.new("#{key}: of #{@what}", @options[key], @place) unless @options[key].nil?
      end

      def refuse_unknown
        known = [*Kinds::TABLE.keys, :flapping, *Bluepill::Trigger.names, *Bluepill::ProcessConditions.names]
        raise Refusal.new("There is no check :#{name}.#{Spelling.hint(name, known)}", place)
      end

      # A check that the pill defines takes what it likes.
      def check_options
        missing = [*(:every unless trigger? || flapping?), *table&.required].find { |key| @options[key].nil? }
        refuse("#{missing}: is missing.") if missing
        return if table.nil?

        all = [*CheckTerms::NAMES, *table.required, *table.optional, *table.ignored]
        odd = @options.keys.find { |key| !all.include?(key) }
        refuse("there is no option #{odd}:.#{Spelling.hint(odd, all)}") if odd
      end

      # What bluepill takes and does nothing with.
      def doubt(book)
        (@options.keys & (table&.ignored || [])).each { |key| book.warn("#{key}: of #{@what} has no effect.", place) }
      end

      def kind(owner, book)
        children = @options[:include_children] || false
        return Kinds.new(method(:option), owner.folder, children ? true : false).describe(name.to_sym) unless condition

        # It is not told of what all checks have.
        own = @options.reject { |key, _| CheckTerms::NAMES.include?(key) }
        number = book.customs.add { Own.new(condition.new(own.dup), children) }
        { type: "custom", id: number, includeChildren: children ? true : false }
      end

      def refuse(message)
        raise Refusal.new("#{@what}: #{message}", place)
      end
    end
  end
end
