# frozen_string_literal: true

module Gossamer
  module Pill
    # The names that may be set, and where.
    module Attributes
      # Of an application; processes that are declared later inherit them.
      APPLICATION = %i[working_dir uid gid environment auto_start log_rotate].freeze

      # Of `Bluepill.application(name, …)`.
      OPTIONS = %i[log_file log_rotate base_dir foreground kill_timeout].freeze

      # Of a process and of its children.
      COMMON = %i[stop_command stop_signals restart_command start_grace_time stop_grace_time restart_grace_time].freeze

      # Of a process alone.
      PROCESS = %i[
        start_command pre_start_command daemonize pid_file pid_command cache_actual_pid working_dir environment stdin stdout stderr
        uid gid supplementary_groups umask group auto_start on_start_timeout group_start_noblock group_stop_noblock
        group_restart_noblock group_unmonitor_noblock depends_on backoff notify_ready watchdog_time log_rotate
      ].freeze

      # What published pills set although it never had an effect.
      HARMLESS = %i[term_command kill_command].freeze

      # What `backoff`, `log_rotate` and `notify` take.
      BACKOFF = %i[first ceiling forgive_after].freeze
      ROTATION = %i[size keep].freeze
      NOTIFY = %i[on command webhook].freeze

      # The states that somebody can be told of.
      STATES = %w[unmonitored up down starting stopping restarting].freeze
    end
  end
end
