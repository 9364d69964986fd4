# frozen_string_literal: true

require_relative "accounts"
require_relative "attended"
require_relative "backoff"
require_relative "children"
require_relative "rotation"

module Gossamer
  module Pill
    # A process of an application: the block of `app.process`.
    class Supervised < Attended
      attr_reader :place

      # `defaults` are the attributes of the application so far, with their places; `pid_file` is where it is by default.
      def initialize(name, defaults, pid_file, place, book)
        super(name, book)
        @place = place
        defaults.each { |key, (value, where)| @values[key], @places[key] = value, where }
        @values[:pid_file] = pid_file
        @places[:pid_file] = place
      end

      # Says how children are watched. The block is read now, so that its mistakes show when the pill is loaded.
      def monitor_children(values, block, place)
        raise Refusal.new("monitor_children of #{self} needs a block, with the stop_command for a child.", place) if block.nil? || values.any?

        @children = [block, place]
      end

      # The group's name; nil for none.
      def group_name
        value(:group)&.word
      end

      # Where relative paths of the pill begin.
      def folder
        value(:working_dir)&.path(Dir.pwd) || Dir.pwd
      end

      # The pid file, absolute.
      def pid_file_path
        Value.new("pid_file of #{self}", @values[:pid_file], @places[:pid_file]).path(folder)
      end

      # As it stands in the pill.
      def pid_file_written
        @values[:pid_file].to_s.strip
      end

      def start_command?
        given?(:start_command)
      end

      # The names of those that must be up before it, as a Value; nil for none.
      def depends_on
        value(:depends_on)
      end

      def description
        attended = common
        {
          name: name, group: group_name, place: place.to_h, **commands, **pid, **surroundings, **behaviour, **attended, children: children,
          uid: Accounts.user(value(:uid)), gid: Accounts.group(value(:gid)), supplementaryGroups: Accounts.groups(value(:supplementary_groups))
        }.compact
      end

      private

      def settable
        Attributes::COMMON + Attributes::PROCESS
      end

      def ineffective
        Attributes::HARMLESS
      end

      # Rule seven of bluepill's: the grace must be the pill's own, and long enough.
      def check_signals(signals)
        signals.check_grace(value(:stop_grace_time)&.number)
        @book.warn("stop_signals of #{self} are not used, as there is a stop_command.", @places[:stop_signals]) if given?(:stop_command)
      end

      # What its commands may name.
      def variables
        @variables ||= value(:environment)&.environment || {}
      end

      def commands
        { startCommand: command(:start_command), preStartCommand: command(:pre_start_command), daemonize: flag(:daemonize, false) }
      end

      def pid
        { pidFile: pid_file_path, pidCommand: value(:pid_command)&.word, cacheActualPid: flag(:cache_actual_pid, true) }
      end

      # What it opens begins where it is itself.
      def surroundings
        working_dir = value(:working_dir)&.path(Dir.pwd)
        streams = %i[stdin stdout stderr].to_h { |name| [name, value(name)&.path(working_dir || "/")] }
        { workingDir: working_dir, environment: variables, umask: value(:umask)&.umask, **streams, logRotate: Rotation.read(value(:log_rotate)) }
      end

      def behaviour
        {
          autoStart: flag(:auto_start, true), onStartTimeout: value(:on_start_timeout)&.event || "start",
          besideOthers: Value::EVENTS.to_h { |event| [event, flag(:"group_#{event}_noblock", true)] },
          dependsOn: depends_on&.words || [], backoff: Backoff.read(value(:backoff)), notifyReady: flag(:notify_ready, false), watchdogMs: watchdog_ms
        }
      end

      def watchdog_ms
        (value(:watchdog_time).amount * 1000).ceil if given?(:watchdog_time)
      end

      def flag(name, default)
        given?(name) ? value(name).flag : default
      end

      def children
        return if @children.nil?

        graces = Children::GRACES.select { |name| given?(name) }.to_h { |name| [name, [@values[name], @places[name]]] }
        Children.read(self, @children, graces, variables, @book)
      end
    end
  end
end
