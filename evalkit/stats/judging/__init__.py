"""What a judge is worth beside people: agreement, order, length, probabilities, alternative annotators."""
