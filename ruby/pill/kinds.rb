# frozen_string_literal: true

require_relative "http_kind"
require_relative "value"

module Gossamer
  module Pill
    # The checks that need no Ruby: which options each has, and what the supervisor is told of it.
    class Kinds
      # What a check takes besides what all of them take.
      Options = Struct.new(:required, :optional, :ignored)

      TABLE = {
        cpu_usage: Options.new(%i[below], [], []),
        mem_usage: Options.new(%i[below], [], []),
        running_time: Options.new(%i[below], [], []),
        file_time: Options.new(%i[filename below], [], []),
        http: Options.new(%i[url], %i[kind pattern timeout open_timeout read_timeout], %i[within retry_in]),
        zombie_process: Options.new([], [], []),
        always_true: Options.new([], [], %i[below]),
        mem_growth: Options.new(%i[below within], [], []),
        open_files: Options.new(%i[below], [], []),
        disk_usage: Options.new(%i[path below], [], []),
        connect: Options.new([], %i[address host port path timeout], [])
      }.freeze

      # `options` gives the Value of an option, nil where it is not there; `folder` is where relative paths begin.
      def initialize(options, folder, include_children)
        @options = options
        @folder = folder
        @include_children = include_children
      end

      # The kind as the description has it.
      def describe(name)
        { type: name, **public_send(name) }
      end

      def cpu_usage
        { belowPercent: option(:below).number, includeChildren: @include_children }
      end

      def mem_usage
        { belowBytes: option(:below).number.round, includeChildren: @include_children }
      end

      def running_time
        { belowMs: option(:below).milliseconds }
      end

      def file_time
        { filename: option(:filename).path(@folder), belowMs: option(:below).milliseconds }
      end

      def zombie_process
        {}
      end
      alias always_true zombie_process

      def mem_growth
        { belowBytes: option(:below).number.round, withinMs: option(:within).milliseconds }
      end

      def open_files
        { below: option(:below).number }
      end

      def disk_usage
        { path: option(:path).path(@folder), belowPercent: option(:below).number }
      end

      def http
        HttpKind.new(@options).describe
      end

      def connect
        { address: address, timeoutMs: option(:timeout)&.milliseconds || 5_000 }
      end

      private

      def option(name)
        @options.call(name)
      end

      def host
        name = option(:host)&.word || "127.0.0.1"
        name.count(":") > 1 && !name.start_with?("[") ? "[#{name}]" : name
      end

      # One of: a path, a port here or elsewhere, or both in one.
      def address
        return option(:path).path(@folder) if option(:path)
        return "#{host}:#{option(:port).integer(1..65_535)}" if option(:port)

        text = option(:address)&.word.to_s.delete_prefix("unix:")
        return text if text.start_with?("/") || text.match?(/\A(?:\[[\h:.]+\]|[^:\s\/]+):\d{1,5}\z/)

        @options.call.refuse("expected port: (and host:), path:, or address: \"host:port\"")
      end
    end
  end
end
