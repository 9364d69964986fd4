# frozen_string_literal: true

require "time"
require_relative "byte_range"
require_relative "conditions"

module Gossamer
  # The app of `-A file`: the files of a folder, and nothing else. The front sends them by their paths.
  class Files
    TYPES = {
      ".avif" => "image/avif", ".css" => "text/css", ".csv" => "text/csv", ".gif" => "image/gif",
      ".gz" => "application/gzip", ".htm" => "text/html", ".html" => "text/html", ".ico" => "image/vnd.microsoft.icon",
      ".jpeg" => "image/jpeg", ".jpg" => "image/jpeg", ".js" => "text/javascript", ".json" => "application/json",
      ".map" => "application/json", ".mjs" => "text/javascript", ".mp3" => "audio/mpeg", ".mp4" => "video/mp4",
      ".pdf" => "application/pdf", ".png" => "image/png", ".svg" => "image/svg+xml", ".txt" => "text/plain",
      ".wasm" => "application/wasm", ".webm" => "video/webm", ".webp" => "image/webp", ".woff" => "font/woff",
      ".woff2" => "font/woff2", ".xml" => "application/xml", ".zip" => "application/zip"
    }.freeze

    METHODS = "GET, HEAD, OPTIONS"
    PIECE_BYTES = 65_536

    # What a folder hides is nobody's business (`.env`, `.git`), but for what is meant to be asked for (RFC 8615).
    HIDDEN = %r{/\.(?!well-known/)}n.freeze

    # A body that is a file: only its path is asked for.
    Content = Struct.new(:to_path) do
      # Its bytes, for whoever will not take a path.
      def each(&block)
        Part.new(to_path, 0..File.size(to_path) - 1).each(&block)
      end
    end

    # A body that is a part of a file, from the first to the last byte of `range`.
    Part = Struct.new(:path, :range) do
      # Its bytes, piece by piece; fewer when the file has become shorter.
      def each
        File.open(path, "rb") do |file|
          file.seek(range.begin)
          left = range.size
          while left.positive? && (piece = file.read([left, PIECE_BYTES].min))
            left -= piece.bytesize
            yield piece
          end
        end
      end
    end

    # Nothing outside of `folder` is ever served, however the path is written and wherever links lead.
    def initialize(folder)
      @folder = File.realpath(folder)
      @inside = "#{@folder.chomp("/")}/"
    end

    # GET and HEAD, with what a client may say that it has already, and OPTIONS.
    def call(env)
      method = env["REQUEST_METHOD"]
      return text(405, "Method Not Allowed", "allow" => METHODS) unless METHODS.split(", ").include?(method)

      path, stat = find(env["PATH_INFO"])
      return text(404, "File not found: #{env["PATH_INFO"]}", "x-cascade" => "pass") unless path
      return [200, { "allow" => METHODS, "content-length" => "0" }, []] if method == "OPTIONS"

      answer(env, path, stat)
    end

    private

    # The file's real path and what the system says of it; nil when there is no such file for us to serve.
    def find(written)
      plain = written.b.gsub(/%(\h\h)/n) { $1.hex.chr }
      return if plain.end_with?("/") || plain.include?("\0")

      path = File.realpath(@inside.b + plain)
      return if !path.b.start_with?(@inside.b) || path.b[@folder.bytesize..-1].match?(HIDDEN)

      stat = File.stat(path)
      [path, stat] if stat.file? && stat.readable?
    rescue SystemCallError
      nil # Not there, not to be read, too long, a loop of links: it is all the same to the client.
    end

    # The file, a part of it, or why it is not sent.
    def answer(env, path, stat)
      headers = { "last-modified" => stat.mtime.httpdate, "etag" => tag(stat) }
      conditions = Conditions.new(env, headers["etag"], stat.mtime)
      case conditions.verdict
      when 304 then return [304, headers, []]
      when 412 then return text(412, "The file is not as it was: #{env["PATH_INFO"]}", {})
      end
      headers.update("accept-ranges" => "bytes", "content-type" => type(path))
      range = ByteRange.of(env["HTTP_RANGE"], stat.size) if env["REQUEST_METHOD"] == "GET" && conditions.same?
      range ? part(path, stat.size, range, headers) : whole(env, path, stat.size, headers)
    end

    # A client that asks for the head alone is told the length all the same.
    def whole(env, path, size, headers)
      headers["content-length"] = size.to_s if env["REQUEST_METHOD"] == "HEAD"
      [200, headers, Content.new(path)]
    end

    # From byte to byte, or that there are not so many.
    def part(path, size, range, headers)
      if range == :none
        return text(416, "Byte range unsatisfiable", "content-range" => "bytes */#{size}")
      end

      headers["content-range"] = "bytes #{range.begin}-#{range.end}/#{size}"
      headers["content-length"] = range.size.to_s
      [206, headers, Part.new(path, range)]
    end

    # Another whenever the file is written to, or another file is put in its place.
    def tag(stat)
      time = stat.mtime
      format('"%x-%x-%x"', stat.ino, time.to_i * 1_000_000_000 + time.nsec, stat.size)
    end

    # By the name; what the name does not tell is text, as with Thin.
    def type(path)
      TYPES.fetch(File.extname(path).downcase, "text/plain")
    end

    # A line for whoever gets no file.
    def text(status, line, more)
      [status, { "content-type" => "text/plain", **more }, ["#{line}\n"]]
    end
  end
end
