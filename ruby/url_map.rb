# frozen_string_literal: true

module Gossamer
  # Gives each app the paths below its own, as Rack::URLMap does: what led to the app goes from PATH_INFO to SCRIPT_NAME.
  class UrlMap
    # `apps` by their paths; `otherwise` is the app for all other paths, if there is one.
    def initialize(apps, otherwise = nil)
      longest_first = apps.sort_by { |path, _| -path.size }
      @apps = longest_first.map { |path, app| [path.chomp("/"), pattern(path.chomp("/")), app] }
      @otherwise = otherwise || method(:missing)
    end

    # The longest path wins.
    def call(env)
      path = env["PATH_INFO"]
      script = env["SCRIPT_NAME"]
      at, pattern, app = @apps.find { |_, one, _| one.match?(path) }
      return @otherwise.call(env) unless app

      app.call(env.merge!("SCRIPT_NAME" => script + at, "PATH_INFO" => path.sub(pattern, "")))
    ensure
      env.update("SCRIPT_NAME" => script, "PATH_INFO" => path)
    end

    private

    # Matches the path and nothing that merely begins alike; several slashes are as good as one.
    def pattern(path)
      Regexp.new("\\A#{Regexp.quote(path.b).gsub("/", "/+")}(?=/|\\z)", Regexp::NOENCODING)
    end

    # Nobody lives there.
    def missing(env)
      [404, { "content-type" => "text/plain", "x-cascade" => "pass" }, ["Not Found: #{env["PATH_INFO"]}"]]
    end
  end
end
