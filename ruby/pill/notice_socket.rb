# frozen_string_literal: true

# Holds the socket at which processes say how they are (sd_notify(3)): `ruby notice_socket.rb /run/shop.notify`. Each of
# their messages becomes a line of JSON on standard output (docs/PILL.md). It ends when its standard input does.
require "json"
require "socket"

module Gossamer
  module Pill
    # A UNIX datagram socket that tells who has sent what.
    class NoticeSocket
      # As much as systemd takes at a time.
      LIMIT_BYTES = 4096
      # Enough for any way up to the first process.
      DEPTH = 64

      def initialize(path, output)
        @path = path
        @output = output
      end

      # Passes on what is said until `input` ends, and removes the socket.
      def listen_until_end_of(input)
        open
        say(say: "listening")
        loop do
          ready, = IO.select([@socket, input])
          hear if ready.include?(@socket)
          break if ready.include?(input) && input.read_nonblock(1, exception: false).nil?
        end
      rescue SystemCallError, ArgumentError => error
        say(say: "deaf", message: error.message)
      ensure
        close
      end

      private

      # Anybody may send, as processes run as whom they like; who it was the kernel tells. In its place from the first
      # moment on: one that listened before is replaced.
      def open
        draft = "#{@path}.new"
        File.unlink(draft) if File.exist?(draft)
        @socket = Socket.new(:UNIX, :DGRAM, 0)
        @socket.setsockopt(:SOCKET, :PASSCRED, true)
        @socket.bind(Addrinfo.unix(draft))
        File.chmod(0o666, draft)
        @inode = File.stat(draft).ino
        File.rename(draft, @path)
      end

      # A socket that another has put in its place is not ours.
      def close
        File.unlink(@path) if @inode && File.stat(@path).ino == @inode
      rescue SystemCallError
        nil # It is gone already.
      end

      # Who sends a barrier waits until the descriptor that came with it is closed: by then it has been looked at, while
      # it was there.
      def hear
        text, _, _, *controls = @socket.recvmsg(LIMIT_BYTES, 0, nil, scm_rights: true)
        sender = controls.find { |one| one.cmsg_is?(:SOCKET, :CREDENTIALS) }&.data&.unpack1("i")
        tell(sender, text) if sender&.positive? && !text.start_with?("BARRIER=")
      ensure
        files_in(controls || []).each(&:close)
      end

      def files_in(controls)
        controls.select { |one| one.cmsg_is?(:SOCKET, :RIGHTS) }.flat_map(&:unix_rights).compact
      end

      def tell(sender, text)
        words = text.force_encoding(Encoding::UTF_8).scrub.split("\n").reject(&:empty?)
        say(say: "notice", **way_of(sender), words: words)
      end

      # The sender and all above it, and the session that it is in.
      def way_of(sender)
        pids = [sender]
        session = 0
        while pids.length < DEPTH && (parent, own_session = parent_and_session(pids.last))
          session = own_session if session.zero?
          break unless parent > 1

          pids << parent
        end
        { pids: pids, session: session }
      end

      # `42 (a name (with anything)) S parent group session …`; nil when it is gone.
      def parent_and_session(pid)
        File.binread("/proc/#{pid}/stat").rpartition(")").last.split.values_at(1, 3).map(&:to_i)
      rescue SystemCallError
        nil
      end

      def say(words)
        @output.write("#{JSON.generate(words)}\n")
        @output.flush
      end
    end
  end
end

# Whoever reads may have gone: then so do we.
begin
  Gossamer::Pill::NoticeSocket.new(ARGV.fetch(0), $stdout).listen_until_end_of($stdin)
rescue Errno::EPIPE
  nil
end
