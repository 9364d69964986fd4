# frozen_string_literal: true

require_relative "place"

module Gossamer
  module Pill
    # An exception that nobody foresaw, as one line and the way it came.
    class Failure
      SYNTAX = /\A(?<file>.+?):(?<line>\d+): (?<what>.*)/.freeze
      # Ruby 3.4 shows the source, and below it what it did not expect.
      SHOWN = /^\s*\|\s*\^+~*\s*(?<what>\S.*)$/.freeze

      def initialize(error)
        @error = error
      end

      def to_h
        { class: @error.class.name, message: message, place: place&.to_h, backtrace: (@error.backtrace || []).map { |line| Failure.utf8(line) } }
      end

      # `file:line: what happened (Class)`
      def to_s
        [place, "#{message} (#{@error.class.name})"].compact.join(": ")
      end

      # Text as JSON can hold it.
      def self.utf8(text)
        text = text.to_s
        text = text.dup.force_encoding(Encoding::UTF_8) unless text.encoding == Encoding::UTF_8
        text.scrub
      end

      private

      # A syntax error says its place itself.
      def place
        return Place.of(@error.backtrace_locations) unless syntax

        Place.new(syntax[:file], syntax[:line].to_i)
      end

      # One line. Ruby adds guesses below the first, and to a name the whole object that does not know it.
      def message
        return syntax_message if syntax

        first, *more = text.lines.map(&:strip)
        first = first.to_s.delete_suffix(" (#{@error.class.name})")
        first = first.sub(/ for .*\z/, "") if @error.is_a?(NameError)
        near = more.join("\n")[/^Did you mean\?\s+(.+)$/, 1]
        near ? "#{first}. Did you mean #{near}?" : first
      end

      def syntax
        @syntax ||= (SYNTAX.match(text) if @error.is_a?(SyntaxError))
      end

      def syntax_message
        return syntax[:what].strip unless syntax[:what].match?(/errors? found/)

        shown = SHOWN.match(text)
        shown ? "syntax error: #{shown[:what].strip}" : "syntax error"
      end

      # An exception may well raise when it is asked for its message.
      def text
        @text ||= Failure.utf8(@error.respond_to?(:detailed_message) ? @error.detailed_message(highlight: false) : @error.message)
      rescue StandardError
        @text = "(its message could not be had)"
      end
    end
  end
end
