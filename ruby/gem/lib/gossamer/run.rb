# frozen_string_literal: true

require_relative "error"
require_relative "front"
require_relative "package"

module Gossamer
  # One run of a server: a front, this process as its worker, and the end of both.
  class Run
    # `words` are options of `thin start`, `env` variables for the front. Once clients can connect `listening` is called with
    # the addresses, and `said` with the level and the text of what the front has to say, both on a thread of ours.
    def initialize(words, env, listening:, said:)
      @words = words
      @env = env
      @listening = listening
      @said = said
      @settings = Queue.new
      @up = Queue.new
      @stopping = false
    end

    # Serves `app` on the thread that calls until the front has gone. Raises Error when it does not come up, or goes
    # without having been asked to.
    def serve(app)
      open
      work { |resident| resident.serve(app) }
      served = true
      nil
    ensure
      finish(served)
    end

    # Serves `app` on EventMachine's reactor, on whose thread this is called. Returns once clients can connect, and raises as
    # `serve` does when they never can. When the front has gone the block is called, on that thread: with an Error when nobody
    # has asked it to.
    def join(app, &over)
      open
      ::EventMachine.add_shutdown_hook { order(:INT) }
      work { |resident| resident.join(app) }
      joined = @up.pop
      Thread.new { await(over) } if joined
      served = true
      nil
    ensure
      finish(served) unless joined
    end

    # Tells the front to stop (TERM: gracefully, INT: now) or something else. `serve` returns when it has.
    def order(signal)
      @stopping = true if %i[TERM INT].include?(signal)
      @front&.signal(signal)
    end

    # The process ends while we serve on some thread of it.
    def abandon
      @resident&.abandon
      order(:INT)
    end

    private

    # Starts the front.
    def open
      package = Package.find
      command = package.command(@words)
      package.load_worker
      AtExit.watch(self)
      @front = Front.new(command, @env) { |word| hear(word) }
      order(:TERM) if @stopping # Somebody was faster than we.
    end

    # Whatever has torn us out of it, nothing is left behind. Raises what is to be said of the front's end.
    def finish(served)
      order(:INT) unless served
      error = @front && complaint(@front.finish)
      AtExit.forget(self)
      raise error if error && served
    end

    # The end of a front beside a reactor.
    def await(over)
      @front.wait
      finish(true)
    rescue Error => error
      nil # It is for the reactor's thread.
    ensure
      ::EventMachine.next_tick { over.call(error) } if ::EventMachine.reactor_running?
    end

    # As the front's worker, as it has told us to be.
    def work
      return unless (settings = @settings.pop)

      @resident = Resident.new(settings)
      @resident.greet
      yield @resident
    rescue Errno::ENOENT, Errno::ECONNREFUSED, Errno::EPIPE, Errno::ECONNRESET
      nil # The front has just gone, and will be heard to have.
    end

    # What the front says.
    def hear(word)
      case word && word["word"]
      when nil then gone
      when "adopt" then @settings << word["settings"]
      when "listening" then up(word["addresses"])
      when "said" then @said.call(word["level"], word["text"])
      when "failed" then @failure = word["message"]
      end
    rescue StandardError => error
      # A logger may fail, and the server lives on.
      warn "gossamer: #{error.message} (#{error.class})"
    end

    # Clients can connect.
    def up(addresses)
      @listening.call(addresses)
    ensure
      @up << true
    end

    # Nobody waits for what is still in the app.
    def gone
      [@settings, @up].each(&:close)
      @resident&.halt
    end

    # The error that the front's end is, if it is one.
    def complaint(status)
      return if @failure.nil? && (@stopping || status.nil? || status.success?)

      Error.new(@failure || "The front has gone (#{reason(status)}), and with it everybody who was connected.")
    end

    # As people read it.
    def reason(status)
      status.signaled? ? "SIG#{Signal.signame(status.termsig)}" : "exit #{status.exitstatus}"
    end

    # Runs that are to end with the process.
    module AtExit
      @runs = {}.compare_by_identity
      @lock = Mutex.new

      # Ends `run` when the process ends before it.
      def self.watch(run)
        @lock.synchronize do
          at_exit { @runs.each { |one, pid| one.abandon if pid == Process.pid } } unless @set
          @set = true
          @runs[run] = Process.pid
        end
      end

      # It has ended by itself.
      def self.forget(run)
        @lock.synchronize { @runs.delete(run) }
      end
    end
    private_constant :AtExit
  end
end
