# frozen_string_literal: true

class UploadsController < ApplicationController
  def create
    file = params.require(:file)
    render json: {
      name: file.original_filename,
      type: file.content_type,
      size: file.size,
      sha256: Digest::SHA256.file(file.path).hexdigest
    }
  end
end
