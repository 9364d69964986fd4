# frozen_string_literal: true

module Gossamer
  module Pill
    # The folder that sockets, pid files and journals of applications are in.
    module BaseDir
      # `option` is the Value that the pill has for it, or nil: then it is the command's `-c`, else the user's own.
      def self.path(option)
        option&.path(Dir.pwd) || File.absolute_path(ENV["BLUEPILL_BASE_DIR"] || usual)
      end

      def self.usual
        Process.euid.zero? ? "/var/run/bluepill" : File.join(ENV["HOME"] || Dir.home, ".bluepill")
      end

      # Where bluepill looks for the pid of a process that says nothing else. Its group is not in it.
      def self.pid_file(base_dir, application, process)
        File.join(base_dir, "pids", application, "#{process.gsub(/[^A-Za-z0-9_-]/, "_")}.pid")
      end
    end
  end
end
