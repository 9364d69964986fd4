# frozen_string_literal: true

require "erb"

# The one page of this app: who answered, and what the request looked like to Rack.
class Page
  TEMPLATE = ERB.new(File.read(File.join(__dir__, "page.html.erb"), encoding: "UTF-8"), trim_mode: "-")
  LONGEST_VALUE = 400

  def initialize(env, manual)
    @env = env
    @manual = manual
  end

  def to_html
    TEMPLATE.result(binding)
  end

  private

  # Name and value of each fact about the answering side; what the server does not tell is left out.
  def facts
    {
      "Engine" => @env["gossamer.engine"],
      "Worker" => @env["gossamer.worker"],
      "Process" => Process.pid,
      "Ruby" => "#{RUBY_VERSION} on #{RUBY_PLATFORM}",
      "Server" => @env["SERVER_SOFTWARE"]
    }.compact
  end

  # The env in three readable groups, each sorted by name.
  def groups
    groups = @env.sort_by { |name, _| name.to_s }.group_by { |name, _| group_of(name.to_s) }
    ["Request", "Headers", "Rack and server"].filter_map { |title| [title, groups[title]] if groups[title] }
  end

  def group_of(name)
    case name
    when /\AHTTP_/, "CONTENT_TYPE", "CONTENT_LENGTH" then "Headers"
    when /\A[A-Z_]+\z/ then "Request"
    else "Rack and server"
    end
  end

  def show(value)
    text = value.is_a?(String) ? value.dup.force_encoding("UTF-8").scrub : value.inspect
    h(text.length > LONGEST_VALUE ? "#{text[0, LONGEST_VALUE]}…" : text)
  end

  def h(value)
    ERB::Util.html_escape(value)
  end
end
