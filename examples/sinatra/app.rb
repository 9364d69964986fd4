# frozen_string_literal: true

require "digest/sha2" # Digest loads its parts on first use, which threads may do at once.
require "json"
require "sinatra/base"

# A form, a session, an upload and three ways of answering bit by bit.
class Postcards < Sinatra::Base
  enable :sessions
  # Every worker must read every worker's cookies; set SESSION_SECRET where it matters.
  set :session_secret, ENV.fetch("SESSION_SECRET", "a secret for the example only, please set your own. " * 2)

  set :protection, use: :authenticity_token, reaction: :deny

  helpers do
    include Rack::Utils
    alias_method :h, :escape_html

    def csrf_field
      token = Rack::Protection::AuthenticityToken.token(session)
      %(<input type="hidden" name="authenticity_token" value="#{h token}">)
    end
  end

  get "/" do
    session["visits"] = session["visits"].to_i + 1
    erb :index, locals: { visits: session["visits"] }
  end

  post "/postcards" do
    erb :postcard, locals: { to: params["to"], text: params["text"] }
  end

  post "/upload" do
    upload = params["file"]
    halt 400, "Choose a file first.\n" unless upload.is_a?(Hash) && upload["tempfile"]

    path = upload["tempfile"].path
    json name: upload["filename"], size: File.size(path), sha256: Digest::SHA256.file(path).hexdigest
  end

  get "/json" do
    json message: "Hello World"
  end

  get "/stream" do
    content_type :text
    stream do |out|
      5.times do |number|
        out << "line #{number + 1}\n"
        sleep 0.1
      end
    end
  end

  # Three events and the end, or one every tenth of a second for as long as somebody listens.
  get "/events" do
    content_type "text/event-stream"
    cache_control :no_cache
    forever = params["forever"]
    stream do |out|
      (1..).each do |number|
        out << "id: #{number}\nevent: tick\ndata: #{number}\n\n"
        break if number == 3 && !forever

        sleep 0.1
      end
    end
  end

  get "/boom" do
    raise "Boom, as asked."
  end

  private

  def json(data)
    content_type :json
    JSON.generate(data)
  end
end
