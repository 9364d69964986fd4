# frozen_string_literal: true

require "logger"

module Thin
  # What the server says, and where it says it: on standard output, until somebody gives it another logger, or none.
  # To be included, or asked directly: Thin::Logging.log_info("hello").
  module Logging
    # What a logger has to answer to.
    DUTIES = %i[level level= debug info warn error fatal unknown].freeze

    # The time, and what is said.
    class SimpleFormatter < ::Logger::Formatter
      # Level and program are left out.
      def call(_severity, time, _program, message)
        "#{time} #{message.is_a?(String) ? message : message.inspect}\n"
      end
    end

    class << self
      # Undefined while nothing is to be said; for raw requests while there is no tracing.
      attr_reader :logger, :trace_logger

      # Says it all to another logger. Raises ArgumentError for one that cannot be talked to.
      def logger=(custom)
        @logger = dutiful(custom, "logger")
      end

      # The same for what is traced.
      def trace_logger=(custom)
        @trace_logger = dutiful(custom, "trace logger")
      end

      # Turns tracing on or off.
      def trace=(enabled)
        @trace_logger = enabled ? @trace_logger || standard : nil
      end

      # Is tracing on?
      def trace?
        !@trace_logger.nil?
      end

      # Says nothing any more, or speaks again.
      def silent=(silent)
        @logger = silent ? nil : @logger || standard
      end

      # Is nothing said?
      def silent?
        @logger.nil?
      end

      # The least serious level that is said; nil while nothing is.
      def level
        @logger&.level
      end

      # Sets it, and speaks.
      def level=(level)
        @logger ||= standard
        @logger.level = level
      end

      # Is everything said?
      def debug?
        level == ::Logger::DEBUG
      end

      # Says everything, or what matters.
      def debug=(enabled)
        self.level = enabled ? ::Logger::DEBUG : ::Logger::INFO
      end

      # Says it, unless nothing is to be said.
      def log_msg(message, level = ::Logger::INFO)
        @logger&.add(level, message)
      end

      # Traces it, if tracing is on.
      def trace_msg(message)
        @trace_logger&.info(message)
      end

      private

      # A logger of ours.
      def standard
        ::Logger.new($stdout, level: ::Logger::INFO, formatter: SimpleFormatter.new)
      end

      # `custom`, if it is a logger.
      def dutiful(custom, what)
        missing = DUTIES.find { |duty| !custom.respond_to?(duty) }
        raise ArgumentError, "#{what} must respond to #{missing}" if missing

        custom
      end
    end

    self.silent = false

    # Is nothing said?
    def silent
      Logging.silent?
    end

    # Says nothing any more, or speaks again.
    def silent=(silent)
      Logging.silent = silent
    end

    # Says it where tracing is on.
    def trace(message = nil)
      Logging.trace_msg(message) if message
    end

    # Says it where everything is said; the block is Thin's other way to give a message.
    def log_debug(message = nil)
      Logging.log_msg(message || yield, ::Logger::DEBUG)
    end

    # Says it.
    def log_info(message = nil)
      Logging.log_msg(message || yield, ::Logger::INFO)
    end

    # Says what went wrong, and by which way.
    def log_error(message, error = nil)
      trail = error && [": #{error}", *error.backtrace].join("\n\t")
      Logging.log_msg(error ? "#{message}#{trail}\n" : message, ::Logger::ERROR)
    end

    # What Thin had before levels.
    def log(message)
      warn "#log is deprecated: use log_info, log_debug or log_error."
      log_info(message)
    end

    module_function :trace, :log_debug, :log_info, :log_error
    public :trace, :log_debug, :log_info, :log_error
  end
end
