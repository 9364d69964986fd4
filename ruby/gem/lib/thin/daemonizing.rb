# frozen_string_literal: true

require "etc"
require "fileutils"
require_relative "logging"
require_relative "pid_file"

module Thin
  # What a server does to live in the background: Thin mixes it in, and so do we.
  module Daemonizable
    # The file with its number, and the file that takes what it prints.
    attr_accessor :pid_file, :log_file

    # Its class can stop and restart a server of another process.
    def self.included(base)
      base.extend(ClassMethods)
    end

    # What the pid file says; nil without one.
    def pid
      pid_file && PidFile.new(pid_file).pid
    end

    # Stops the server that the pid file is of: gracefully, by force after `timeout` seconds.
    def kill(timeout = 60)
      self.class.kill(pid_file, timeout) if pid_file && File.exist?(pid_file)
    end

    # Goes on in the background, in a session of its own; what was the process ends here. To be called before `start`.
    # Raises ArgumentError without a pid file, PidFileExist when that is of a process that runs.
    def daemonize
      raise PlatformNotSupported, "Daemonizing is not supported on Windows" if Thin.win?
      raise ArgumentError, "You must specify a pid_file to daemonize" unless pid_file

      file = PidFile.new(File.expand_path(pid_file), pid_file)
      file.clear
      log = File.expand_path(log_file || File::NULL)
      [file.path, log].each { |path| FileUtils.mkdir_p(File.dirname(path)) }
      Process.daemon(true, true)
      redirect(log)
      $PROGRAM_NAME = name
      announce(file)
    end

    # Gives up privileges. What is to be bound is bound by `start`, with those that are left: for a low port as root
    # there is `thin start -u USER`. Where they may not be changed the log says so.
    def change_privilege(user, group = user)
      log_info "Changing process privilege to #{user}:#{group}"
      uid = Etc.getpwnam(user).uid
      gid = Etc.getgrnam(group).gid
      return if [Process.euid, Process.egid] == [uid, gid]

      File.chown(uid, gid, pid_file) if pid_file && File.exist?(pid_file)
      become(user, uid, gid)
    rescue Errno::EPERM => error
      log_info "Couldn't change user and group to #{user}:#{group}: #{error}"
    end

    # The block starts the server anew when it is told to restart (HUP).
    def on_restart(&block)
      @on_restart = block
    end

    # What needs no server object.
    module ClassMethods
      # Stops the server that `pid_file` is of: QUIT, and KILL after `timeout` seconds; INT where `timeout` is 0.
      # Raises PidFileNotFound without such a file.
      def kill(pid_file, timeout = 60)
        PidFile.new(pid_file).stop(timeout.zero? ? "INT" : "QUIT", timeout)
      end

      # Has it restart: HUP.
      def restart(pid_file)
        PidFile.new(pid_file).signal("HUP")
      end
    end

    private

    # stdin is nobody's, and the log takes the rest.
    def redirect(log)
      $stdin.reopen(File::NULL)
      [$stdout, $stderr].each do |stream|
        stream.reopen(log, "a")
        stream.sync = true
      end
    end

    # Can be found from now on, until the process ends. A child that the app forks ends without a word.
    def announce(file)
      log_info "Writing PID to #{pid_file}"
      file.write
      owner = Process.pid
      at_exit do
        next unless Process.pid == owner

        log_info "Exiting!"
        file.remove
      end
    end

    # From now on, and for good.
    def become(user, uid, gid)
      Process.initgroups(user, gid)
      Process::GID.change_privilege(gid)
      Process::UID.change_privilege(uid)
      ENV.update("USER" => user, "HOME" => Etc.getpwnam(user).dir)
    end
  end
end
