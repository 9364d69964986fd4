# frozen_string_literal: true

require "time"

module Gossamer
  # What a client knows of a file from an earlier answer, held against the file as it is now (RFC 9110 §13).
  class Conditions
    TAG = %r{(?:W/)?"[^"]*"}.freeze

    # The fields of `env`, for a file with this entity tag (strong, in its quotes) that was last changed at `time`.
    def initialize(env, tag, time)
      @env = env
      @tag = tag
      @second = time.to_i
    end

    # 412 when only the file that the client knew was wanted, 304 when the client has the file; nil when it is to be sent.
    def verdict
      return 412 unless as_wanted?

      304 if known?
    end

    # Does another part fit to the part that the client has? Without a word of it, it does (RFC 9110 §13.1.5).
    def same?
      validator = @env["HTTP_IF_RANGE"]
      validator.nil? || validator == @tag || date("HTTP_IF_RANGE") == @second
    end

    private

    # A tag counts for more than a date (RFC 9110 §13.2.2), and a weak one is no proof here.
    def as_wanted?
      tags = @env["HTTP_IF_MATCH"]
      return tags.strip == "*" || tags.scan(TAG).include?(@tag) if tags

      limit = date("HTTP_IF_UNMODIFIED_SINCE")
      limit.nil? || @second <= limit
    end

    # Here a weak one will do: what a proxy has compressed is still the same file.
    def known?
      tags = @env["HTTP_IF_NONE_MATCH"]
      return tags.strip == "*" || tags.scan(TAG).any? { |tag| tag.delete_prefix("W/") == @tag } if tags

      since = date("HTTP_IF_MODIFIED_SINCE")
      !since.nil? && @second <= since
    end

    # The second that the field names; nil when it is not there or is no date, and then it says nothing.
    def date(field)
      text = @env[field]
      text && Time.httpdate(text).to_i
    rescue ArgumentError
      nil
    end
  end
end
