# frozen_string_literal: true

require "uri"
require_relative "attributes"
require_relative "command"

module Gossamer
  module Pill
    # One line of `notify`: the states, and whom to tell.
    class Notification
      def initialize(options, place, book)
        @place = place
        @book = book
        refuse("expected on:, and command: or webhook:") unless options.is_a?(Hash)
        @options = options.to_h { |key, value| [key.to_sym, value] }
        odd = @options.keys.find { |key| !Attributes::NOTIFY.include?(key) }
        refuse("there is no option #{odd}:.#{Spelling.hint(odd, Attributes::NOTIFY)}") if odd
      end

      def description
        { states: states, target: target }
      end

      private

      def states
        names = [*@options[:on]].map(&:to_s)
        refuse("on: is missing: one or several of #{Attributes::STATES.join(", ")}.") if names.empty?
        odd = names.find { |name| !Attributes::STATES.include?(name) }
        refuse("there is no state #{odd}.#{Spelling.hint(odd, Attributes::STATES)}") if odd
        names.uniq
      end

      def target
        command, webhook = @options.values_at(:command, :webhook)
        refuse("expected either command: or webhook:.") unless command.nil? ^ webhook.nil?
        return { type: "webhook", url: url(webhook) } if webhook

        words = Command.new(command, "command: of notify", @place, {}).words { |message, place| @book.warn(message, place) }
        { type: "command", command: words }
      end

      def url(webhook)
        text = Value.new("webhook: of notify", webhook, @place).word
        return text if URI.parse(text).is_a?(URI::HTTP)

        refuse("webhook: is no URL that begins with http:// or https://: #{text}")
      rescue URI::InvalidURIError
        refuse("webhook: is no URL: #{text}")
      end

      def refuse(message)
        raise Refusal.new("notify: #{message}", @place)
      end
    end
  end
end
