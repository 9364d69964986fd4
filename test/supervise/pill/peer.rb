# frozen_string_literal: true

# Has the real bluepill read pills: `ruby peer.rb PILL…`, each in a process of its own. Prints how each went, as JSON.
# Instead of starting a daemon it says what it has read, in the names that we have for it.
require "bluepill"
require "json"
require "tempfile"

# It still asks for this, which Ruby 3.2 has taken away.
Fixnum = Integer unless Object.const_defined?(:Fixnum)

module Bluepill
  # Called at the end of `Bluepill.application`.
  class Application
    def load
      print JSON.generate(name: name, processes: groups.values.flat_map { |group| group.processes.map { |one| PEER.process(one, group.name) } })
      $stdout.flush
      exit!(0)
    end
  end
end

# What we have in a description, from the real one's objects.
PEER = Class.new do
  def process(one, group)
    {
      name: one.name.to_s, group: group&.to_s, pidFile: one.pid_file, daemonize: one.daemonize ? true : false, workingDir: one.working_dir,
      environment: (one.environment || {}).to_h { |name, value| [name.to_s, value.to_s] }, stdout: one.stdout, stderr: one.stderr,
      uid: one.uid, gid: one.gid, cacheActualPid: one.cache_actual_pid, autoStart: one.auto_start != false,
      besideOthers: %w[start stop restart unmonitor].to_h { |event| [event, one.public_send("group_#{event}_noblock")] },
      onStartTimeout: one.on_start_timeout, startCommand: one.start_command, restartCommand: one.restart_command,
      stopSignals: one.stop_signals&.map(&:to_s), children: children(one), **attended(one)
    }.compact
  end

  # A child gets nil for what its process does not say, where the process has 3 seconds: that is no wait at all, by accident.
  def attended(one)
    start, stop, restart = [one.start_grace_time, one.stop_grace_time, one.restart_grace_time].map { |seconds| (seconds || 3).to_f * 1000 }
    {
      stopCommand: one.stop_command, startGraceMs: start, stopGraceMs: stop, restartGraceMs: restart, checks: one.watches.map { |watch| check(watch) },
      flapping: one.triggers.map { |trigger| flapping(trigger) }.first
    }.compact
  end

  def check(watch)
    condition = value(watch, :process_condition)
    below = value(condition, :below)
    { name: watch.name.to_s, everyMs: value(watch, :every).to_f * 1000, times: value(watch, :times), fires: value(watch, :fires).map(&:to_s),
      below: below&.to_f, includeChildren: value(watch, :include_children) }.compact
  end

  def flapping(trigger)
    { times: trigger.times, withinMs: trigger.within.to_f * 1000, retryInMs: trigger.retry_in.to_f * 1000 }
  end

  # The block is only read for a child that is there: this process will do.
  def children(one)
    return unless one.monitor_children

    logger = Object.new
    def logger.method_missing(*) = self
    def logger.respond_to_missing?(*) = true
    attended(one.child_process_factory.create_child_process("child", ::Process.pid, logger))
  end

  def value(object, name)
    object.instance_variable_get("@#{name}")
  end
end.new

went = ARGV.map do |path|
  outputs = Array.new(2) { Tempfile.new("peer") }
  pid = fork do
    [$stdout, $stderr].zip(outputs) { |stream, file| stream.reopen(file) }
    ARGV.clear
    $0 = path
    load path
  end
  status = Process.wait2(pid).last
  stdout, stderr = outputs.map { |file| File.read(file.path) }
  { code: status.exitstatus, stdout: stdout, stderr: stderr }
end
print JSON.generate(went)
