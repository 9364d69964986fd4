# frozen_string_literal: true

require "net/http"
require "uri"
require_relative "pattern"
require_relative "value"

module Gossamer
  module Pill
    # The check `:http`: what is asked for, and which answer is good.
    class HttpKind
      TIMEOUT_MS = 5_000
      # Net::HTTP's names without `HTTP`: three digits, or the first of a class of them.
      STATUSES = [Net::HTTPResponse::CODE_TO_OBJ, Net::HTTPResponse::CODE_CLASS_TO_OBJ].flat_map do |classes|
        classes.map { |code, one| [one.name.delete_prefix("Net::HTTP").downcase, code] }
      end.to_h.freeze

      # `options` gives the Value of an option, nil where it is not there.
      def initialize(options)
        @options = options
      end

      def describe
        general = option(:timeout)&.milliseconds || TIMEOUT_MS
        {
          url: url, status: status, pattern: pattern,
          openTimeoutMs: option(:open_timeout)&.milliseconds || general, readTimeoutMs: option(:read_timeout)&.milliseconds || general
        }.compact
      end

      private

      def option(name)
        @options.call(name)
      end

      def url
        text = option(:url).word
        uri = URI.parse(text)
        return text if uri.is_a?(URI::HTTP) && uri.host

        option(:url).refuse("expected a URL that begins with http:// or https://")
      rescue URI::InvalidURIError
        option(:url).refuse("expected a URL")
      end

      # `302`, `:found`, `:success`
      def status
        kind = option(:kind)
        return STATUSES.fetch("success") if kind.nil?

        key = kind.value.to_s.delete("_").downcase
        return key if key.match?(/\A[1-5]\d\d\z/)

        STATUSES[key] || kind.refuse("expected a status or the name of one", Spelling.hint(key, STATUSES.keys))
      end

      def pattern
        return if option(:pattern).nil?

        option(:pattern).refuse("expected a regular expression") unless [Regexp, String].any? { |kind| option(:pattern).value.is_a?(kind) }
        Pattern.new(option(:pattern).value).to_h
      rescue Pattern::Untranslatable => error
        option(:pattern).refuse(error.message)
      end
    end
  end
end
