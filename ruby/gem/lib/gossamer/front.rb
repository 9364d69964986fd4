# frozen_string_literal: true

require "json"
require "socket"
require_relative "error"

module Gossamer
  # The Node process that speaks HTTP for this process. Neither outlives the other: they are joined by a socket, and
  # who sees it close leaves.
  class Front
    # So long it may take to leave when it has nothing left to do.
    GRACE_S = 5
    # Where the front finds its end of the socket.
    DESCRIPTOR = 3

    # Runs `command`, with `env` over our own variables. The block hears what the front says, word by word, and nil when
    # it will say no more, on a thread of the front's.
    def initialize(command, env, &heard)
      @owner = Process.pid
      ours, theirs = UNIXSocket.pair
      @pid = start(command, env, theirs)
      @waiter = Process.detach(@pid)
      @hearing = Thread.new { hear(ours, heard) }
      @hearing.name = "gossamer front"
    ensure
      theirs&.close
    end

    # Sends a signal. Nothing happens when it is gone, or in a child that the app has forked: the front is not its own.
    def signal(name)
      Process.kill(name, @pid) if Process.pid == @owner && @waiter.alive?
    rescue Errno::ESRCH
      nil # It was faster.
    end

    # Waits until it has nothing more to say.
    def wait
      @hearing.join
    end

    # Waits until it has gone, and helps it to if it takes too long. Returns how it ended, nil when somebody else was told.
    def finish
      @waiter.join(GRACE_S) || signal(:KILL)
      status = @waiter.value
      @hearing.join unless Thread.current == @hearing
      status
    end

    private

    # In a process group of its own: a Ctrl-C at the terminal is for us, and we pass it on.
    def start(command, env, socket)
      Process.spawn(env, *command, { DESCRIPTOR => socket, :in => File::NULL, :pgroup => true })
    rescue Errno::ENOENT, Errno::EACCES
      raise Error, "Node was not found: there is no #{command.first} to run. Install Node 20.19 or newer, " \
                   "or name it in GOSSAMER_NODE."
    end

    # A line is a word.
    def hear(socket, heard)
      while (line = socket.gets)
        heard.call(JSON.parse(line))
      end
    rescue JSON::ParserError, SystemCallError
      nil # It ended in the middle of a word.
    ensure
      socket.close
      heard.call(nil)
    end
  end
end
