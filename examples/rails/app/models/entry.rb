# frozen_string_literal: true

class Entry < ApplicationRecord
  validates :name, presence: true, length: { maximum: 80 }
  validates :message, presence: true, length: { maximum: 2_000 }

  scope :newest, -> { order(id: :desc).limit(20) }
end
