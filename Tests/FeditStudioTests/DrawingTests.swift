import FeditStudio
import Testing
