# frozen_string_literal: true

module Gossamer
  # The client has left, so what the app writes goes nowhere.
  class ClientGone < IOError; end
  # The request's body broke off under the app's hands.
  class BodyLost < IOError; end
  # The app has ended the thread that it was called by.
  class ThreadEnded < StandardError; end
  # The app's response cannot be told in HTTP.
  class ResponseError < StandardError; end

  # An exception, told as fields: class, message, then the way it came.
  module Failure
    # The first line that says where; a syntax error says it in its message.
    def self.of(error)
      trace = error.backtrace || []
      trace = [*trace, *causes(error)]
      Frames.join([error.class.name, message(error), *trace])[0, 65_536]
    end

    # An exception may well raise when asked for its message. We would rather hear nothing than that.
    def self.message(error)
      error.message.to_s
    rescue StandardError
      "(its message could not be had)"
    end

    # What led to it, each with the first few lines of its own way.
    def self.causes(error)
      return [] unless (cause = error.cause)

      ["caused by #{cause.class}: #{message(cause)}", *(cause.backtrace || []).first(10)]
    end

    # What the app does once it has answered: whatever it raises is told to the log, as nobody else is left. Only a
    # signal may end us.
    def self.quietly(what)
      yield
    rescue SignalException
      raise
    rescue Exception => error # rubocop:disable Lint/RescueException
      log(what, error)
    end

    # One paragraph for whoever reads the log of the worker.
    def self.log(what, error)
      $stderr.puts "#{what}: #{message(error)} (#{error.class})", *(error.backtrace || []).map { |line| "  #{line}" }
    rescue StandardError
      nil # A closed log is no reason to lose the worker.
    end
  end
end
