# frozen_string_literal: true

require "time"

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

    # What a folder hides is nobody's business (`.env`, `.git`), but for what is meant to be asked for (RFC 8615).
    HIDDEN = %r{/\.(?!well-known/)}n.freeze

    # A body that is a file: only its path is asked for.
    Content = Struct.new(:to_path) do
      # Its bytes, for whoever will not take a path.
      def each
        File.open(to_path, "rb") do |file|
          while (piece = file.read(65_536))
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

    # GET and HEAD, and the answer that the client has it already (RFC 9110 §13.1.3).
    def call(env)
      method = env["REQUEST_METHOD"]
      return text(405, "Method Not Allowed", "allow" => "GET, HEAD") unless %w[GET HEAD].include?(method)

      path, stat = find(env["PATH_INFO"])
      return text(404, "File not found: #{env["PATH_INFO"]}", "x-cascade" => "pass") unless path

      headers = { "last-modified" => stat.mtime.httpdate }
      return [304, headers, []] if fresh?(env, stat.mtime)

      headers["content-type"] = TYPES.fetch(File.extname(path).downcase, "text/plain")
      headers["content-length"] = stat.size.to_s if method == "HEAD"
      [200, headers, Content.new(path)]
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

    # Has the client a copy that is as new? A date that is none says nothing.
    def fresh?(env, time)
      since = env["HTTP_IF_MODIFIED_SINCE"]
      since && !env.key?("HTTP_IF_NONE_MATCH") && Time.httpdate(since).to_i >= time.to_i
    rescue ArgumentError
      false
    end

    # A line for whoever gets no file.
    def text(status, line, more)
      [status, { "content-type" => "text/plain", **more }, ["#{line}\n"]]
    end
  end
end
